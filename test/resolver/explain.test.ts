import { describe, expect, it } from 'vitest'
import { answerTo } from './world.ts'

/** Worlds without a solution, with the full text of the reason: a change to what people read must be reviewed. */
type Row = readonly [title: string, world: string, lines: readonly string[]]

const ROWS: readonly Row[] = [
  [
    'names two dependencies that want different versions',
    `root: a ^1.0.0, b ^1.0.0
     a 1.0.0: shared ^1.0.0
     b 1.0.0: shared ^2.0.0
     shared 1.0.0
     shared 2.0.0`,
    [
      'Because your project depends on a ^1.0.0 and b ^1.0.0, a 1.0.0 depends on shared ^1.0.0, and b 1.0.0 depends on shared ^2.0.0, no choice of versions works.',
    ],
  ],
  [
    "names the project's own dependency that conflicts",
    `root: a ^1.0.0, shared ^2.0.0
     a 1.0.0: shared ^1.0.0
     a 1.1.0: shared ^1.0.0
     shared 1.0.0
     shared 2.0.0`,
    [
      'Because your project depends on a ^1.0.0 and shared ^2.0.0, and every version of a depends on shared ^1.0.0, no choice of versions works.',
    ],
  ],
  [
    'lists the published versions if none matches',
    `root: a ^9.0.0
     a 1.0.0
     a 1.1.0
     a 1.2.0
     a 1.3.0
     a 1.4.0
     a 1.5.0
     a 2.0.0
     a 2.1.0`,
    [
      'Because your project depends on a ^9.0.0 and no version of a matches ^9.0.0 (published: 1.0.0, 1.1.0, 1.2.0, …, 1.5.0, 2.0.0, 2.1.0), no choice of versions works.',
    ],
  ],
  [
    "says if a package doesn't exist",
    `root: a *
     a 1.0.0: lost ^1.0.0
     a 2.0.0: lost ^2.0.0`,
    [
      'Because your project depends on a, every version of a depends on lost and there is no package named lost, no choice of versions works.',
    ],
  ],
  [
    'explains a chain link by link',
    `root: a *, d ^2.0.0
     a 1.0.0: b *
     b 1.0.0: c *
     c 1.0.0: d ^1.0.0
     d 1.0.0
     d 2.0.0`,
    [
      'Because a 1.0.0 depends on b, b 1.0.0 depends on c and c 1.0.0 depends on d ^1.0.0, a 1.0.0 needs d ^1.0.0.',
      'So, because your project depends on a and d ^2.0.0, no choice of versions works.',
    ],
  ],
  [
    'shortens a long chain to where it leads',
    `root: a *, z ^2.0.0
     a 1.0.0: b *
     b 1.0.0: c *
     c 1.0.0: d *
     c 2.0.0: d *
     d 1.0.0: e *
     e 1.0.0: z ^1.0.0
     z 1.0.0
     z 2.0.0`,
    [
      'Because your project depends on a and z ^2.0.0, and a 1.0.0 needs z ^1.0.0 (by way of b, c, d and e), no choice of versions works.',
    ],
  ],
  [
    'says "needs" for an indirect conclusion',
    `root: a *, b ^1.0.0
     a 1.0.0: b ^2.1.0
     a 1.1.0: b >=2.0.0
     b 1.0.0
     b 2.0.0
     b 2.1.0`,
    [
      'Because your project depends on a and b ^1.0.0, and every version of a needs b >=2.0.0, no choice of versions works.',
    ],
  ],
  [
    'numbers a step that is used again later',
    `root: a ^1.0.0
     a 1.0.0: b ^1.0.0
     a 1.1.0: c ^1.0.0
     b 1.0.0: x *
     c 1.0.0: x *
     x 1.0.0: y ^1.0.0, z ^2.0.0
     y 1.0.0: z ^1.0.0
     z 1.0.0
     z 2.0.0`,
    [
      '(1) Because x 1.0.0 depends on y ^1.0.0 and z ^2.0.0, and y 1.0.0 depends on z ^1.0.0, no version of x can be used.',
      '',
      'Because a 1.0.0 depends on b ^1.0.0, a 1.1.0 depends on c ^1.0.0 and c 1.0.0 depends on x, every version of a needs b or x.',
      'So, because no version of x can be used (1) and b 1.0.0 depends on x, no version of a can be used.',
      'So, because your project depends on a ^1.0.0, no choice of versions works.',
    ],
  ],
  [
    "notes versions that would match but can't be used",
    `root: a ^1.0.0, b *
     a 1.0.0: b ^1.0.0
     a 1.1.0 [yanked: eats files]: b ^2.0.0
     b 2.0.0`,
    [
      'Because your project depends on a ^1.0.0, a 1.0.0 depends on b ^1.0.0 and no version of b matches ^1.0.0 (published: 2.0.0), no choice of versions works.',
      '',
      'Not considered: a 1.1.0 was yanked: eats files.',
    ],
  ],
  [
    'says if an override is in the way',
    `root: a *, b *
     override: c 1.0.0
     a 1.0.0: c ^1.0.0
     b 1.0.0: c ^2.0.0
     c 2.0.0`,
    [
      'Because your project depends on a, a 1.0.0 depends on c 1.0.0 (by an override) and no version of c matches 1.0.0 (published: 2.0.0), no choice of versions works.',
    ],
  ],
]

describe('a reason', () => {
  it.each(ROWS)('%s', (_title, world, lines) => {
    expect(answerTo(world).split('\n')).toEqual(lines)
  })
})
