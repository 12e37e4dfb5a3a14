import { describe, expect, it } from 'vitest'
import { answerTo } from './world.ts'

/** Worlds without a solution, and every word of the reason: what people read must be looked at when it changes. */
type Row = readonly [title: string, world: string, lines: readonly string[]]

const ROWS: readonly Row[] = [
  [
    'tells of two dependencies that want different versions',
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
    'tells of the project’s own wish that gets in the way',
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
    'says what there is where nothing matches',
    `root: a ^9.0.0
     a 1.0.0
     a 1.1.0
     a 1.2.0
     a 1.3.0
     a 1.4.0
     a 1.5.0
     a 2.0.0`,
    [
      'Because your project depends on a ^9.0.0 and no version of a matches ^9.0.0 (published: 1.0.0, 1.1.0, 1.2.0, 1 more, 1.4.0, 1.5.0 and 2.0.0), no choice of versions works.',
    ],
  ],
  [
    'says where a package does not exist',
    `root: a *
     a 1.0.0: lost ^1.0.0
     a 2.0.0: lost ^2.0.0`,
    [
      'Because a 2.0.0 depends on lost ^2.0.0 and there is no package named lost, a 2.0.0 can’t be used.',
      'So, because your project depends on a, a 1.0.0 depends on lost ^1.0.0, and there is no package named lost, no choice of versions works.',
    ],
  ],
  [
    'goes through a chain one link after another',
    `root: a *, d ^2.0.0
     a 1.0.0: b *
     b 1.0.0: c *
     c 1.0.0: d ^1.0.0
     d 1.0.0
     d 2.0.0`,
    [],
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
    [],
  ],
  [
    'notes what would have matched but may not be used',
    `root: a ^1.0.0, b *
     a 1.0.0: b ^1.0.0
     a 1.1.0 [yanked: eats files]: b ^2.0.0
     b 2.0.0`,
    [],
  ],
  [
    'says where an override stands in the way',
    `root: a *, b *
     override: c 1.0.0
     a 1.0.0: c ^1.0.0
     b 1.0.0: c ^2.0.0
     c 2.0.0`,
    [],
  ],
]

describe('a reason', () => {
  it.each(ROWS)('%s', (_title, world, lines) => {
    expect(answerTo(world).split('\n')).toEqual(lines)
  })
})
