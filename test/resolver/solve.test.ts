import { describe, expect, it } from 'vitest'
import { answerTo } from './world.ts'

/** Small worlds, each with a question and its answer. world.ts describes the language they are written in. */
type Row = readonly [title: string, world: string, answer: string]

function table(name: string, rows: readonly Row[]): void {
  describe(name, () => {
    it.each(rows)('%s', (_title, world, answer) => {
      expect(answerTo(world)).toBe(answer)
    })
  })
}

table('choosing versions', [
  ['answers a root without dependencies with nothing', 'root:', ''],
  [
    'takes the newest version in range',
    `root: a ^1.0.0
     a 1.0.0
     a 1.2.0
     a 2.0.0`,
    'a 1.2.0',
  ],
  [
    'compares versions as versions, not as text',
    `root: a *
     a 1.9.0
     a 1.10.0`,
    'a 1.10.0',
  ],
  [
    'follows dependencies',
    `root: a ^1.0.0
     a 1.0.0: b ^1.0.0
     b 1.0.0: c *
     b 2.0.0
     c 0.1.0`,
    'a 1.0.0, b 1.0.0, c 0.1.0',
  ],
  [
    'finds the version that two packages can share',
    `root: a *, b *
     a 1.0.0: shared >=2.0.0 <4.0.0
     b 1.0.0: shared >=3.0.0 <5.0.0
     shared 2.0.0
     shared 3.6.9
     shared 4.0.0`,
    'a 1.0.0, b 1.0.0, shared 3.6.9',
  ],
  [
    'leaves out a package that only an unchosen version requires',
    `root: a *
     a 1.0.0: lost *
     a 1.1.0`,
    'a 1.1.0',
  ],
  [
    'takes an older version if the newest is a dead end',
    `root: a *
     a 1.0.0: b ^1.0.0
     a 2.0.0: b ^2.0.0
     b 1.0.0`,
    'a 1.0.0, b 1.0.0',
  ],
  [
    'gives up the newest version of a later dependency rather than an earlier one',
    `root: a *, b *
     a 1.0.0: c ^1.0.0
     a 2.0.0: c ^2.0.0
     b 1.0.0: c ^1.0.0
     b 1.1.0: c ^2.0.0
     b 2.0.0: c ^1.0.0
     c 1.0.0
     c 2.0.0`,
    'a 2.0.0, b 1.1.0, c 2.0.0',
  ],
  [
    'gives the newest version to the dependency that is declared first',
    `root: b *, a *
     a 1.0.0: c ^1.0.0
     a 2.0.0: c ^2.0.0
     b 1.0.0: c ^1.0.0
     b 1.1.0: c ^2.0.0
     b 2.0.0: c ^1.0.0
     c 1.0.0
     c 2.0.0`,
    'a 1.0.0, b 2.0.0, c 1.0.0',
  ],
  [
    'undoes a decision made much earlier',
    // Every b but the oldest requires a c that no version of a allows, which only shows once c is known.
    `root: a *, b *
     a 1.0.0: c ^1.0.0
     b 1.0.0: d *
     b 2.0.0: e *
     d 1.0.0: c ^1.0.0
     e 1.0.0: f *
     f 1.0.0: c ^2.0.0
     c 1.0.0
     c 2.0.0`,
    'a 1.0.0, b 1.0.0, c 1.0.0, d 1.0.0',
  ],
])

table('pre-releases', [
  [
    'are left out of a plain range',
    `root: a >=1.0.0
     a 1.0.0
     a 1.1.0-rc.1`,
    'a 1.0.0',
  ],
  [
    'are taken if the range names one of the same version',
    `root: a >=1.1.0-beta
     a 1.0.0
     a 1.1.0-rc.1
     a 1.2.0-rc.1`,
    'a 1.1.0-rc.1',
  ],
  [
    'are not enough for *',
    `root: a *
     a 1.0.0-rc.1`,
    'Because your project depends on a and only pre-releases of a match * ' +
      '(1.0.0-rc.1; a pre-release is used only where its range names one), no choice of versions works.',
  ],
])

table('the lock', [
  [
    'is kept if it fits',
    `root: a ^1.0.0
     lock: a 1.0.0
     a 1.0.0
     a 1.1.0`,
    'a 1.0.0',
  ],
  [
    'is kept for dependencies of dependencies',
    `root: a *
     lock: b 1.0.0
     a 1.0.0: b ^1.0.0
     b 1.0.0
     b 1.1.0`,
    'a 1.0.0, b 1.0.0',
  ],
  [
    'is given up if it no longer fits',
    `root: a ^2.0.0
     lock: a 1.0.0
     a 1.0.0
     a 2.0.0`,
    'a 2.0.0',
  ],
  [
    'counts for more than a newer version of another package',
    `root: a *, b *
     lock: c 1.0.0
     a 1.0.0: c ^1.0.0
     a 2.0.0: c ^2.0.0
     b 1.0.0: c *
     c 1.0.0
     c 2.0.0`,
    // c must be known before it can be decided, and then a is decided after it.
    'a 1.0.0, b 1.0.0, c 1.0.0',
  ],
  [
    'has no influence once it is given up',
    `root: a ^2.0.0
     lock: a 1.0.0, c 1.0.0
     a 1.0.0: c ^1.0.0
     a 2.0.0: c ^3.0.0
     a 2.1.0: c ^2.0.0
     c 1.0.0
     c 2.0.0
     c 3.0.0`,
    'a 2.1.0, c 2.0.0',
  ],
  [
    "may name packages that are no longer needed or don't exist",
    `root: a *
     lock: gone 1.0.0, a 0.9.0
     a 1.0.0`,
    'a 1.0.0',
  ],
])

table('versions that may not be used', [
  [
    'leaves out yanked versions',
    `root: a *
     a 1.0.0
     a 1.1.0 [yanked]`,
    'a 1.0.0',
  ],
  [
    'keeps a yanked version that is locked',
    `root: a *
     lock: a 1.1.0
     a 1.0.0
     a 1.1.0 [yanked]
     a 1.2.0 [yanked]`,
    'a 1.1.0',
  ],
  [
    'says so if all matching versions were yanked',
    `root: a ^1.0.0
     a 1.0.0 [yanked: eats files]
     a 2.0.0`,
    'Because your project depends on a ^1.0.0 and no version of a that matches ^1.0.0 can be used ' +
      '(1.0.0 was yanked: eats files), no choice of versions works.',
  ],
  [
    'leaves out versions published after the limit or at an unknown time',
    `root: a *
     until: 2026-01-01T00:00:00Z
     a 1.0.0 [at 2025-12-31T00:00:00Z]
     a 1.1.0 [at 2026-01-01T00:30:00+01:00]
     a 1.2.0 [at 2026-01-02T00:00:00Z]
     a 1.3.0`,
    'a 1.1.0',
  ],
  [
    'says so if all matching versions are too new',
    `root: a ^1.2.0
     until: 2026-01-01T00:00:00Z
     a 1.0.0 [at 2025-12-31T00:00:00Z]
     a 1.2.0 [at 2026-01-02T00:00:00Z]`,
    'Because your project depends on a ^1.2.0 and no version of a that matches ^1.2.0 can be used (1.2.0 was ' +
      'published on 2026-01-02T00:00:00Z, which is after 2026-01-01T00:00:00Z), no choice of versions works.',
  ],
  [
    'leaves out versions for another cpm',
    `root: a *
     cpm: 0.2.0
     a 1.0.0 [cpm >=0.1.0]
     a 2.0.0 [cpm >=1.0.0]`,
    'a 1.0.0',
  ],
  [
    'only applies the conditions that the target specifies',
    `root: a *, b *, c *
     target: colonyos 1.9.0, architecture aarch64
     a 1.0.0 [colonyos <1.9.6]
     a 2.0.0 [colonyos >=1.9.6]
     b 1.0.0
     b 2.0.0 [for x86_64, riscv64]
     c 1.0.0
     c 2.0.0 [cpm >=9.0.0]`,
    'a 1.0.0, b 1.0.0, c 2.0.0',
  ],
  [
    "says which condition the target doesn't meet",
    `root: a ^2.0.0
     target: colonyos 1.9.0, architecture aarch64
     a 2.0.0 [colonyos >=1.9.6]
     a 2.1.0 [for x86_64, riscv64]`,
    'Because your project depends on a ^2.0.0 and no version of a that matches ^2.0.0 can be used ' +
      '(2.0.0 needs ColonyOS >=1.9.6 instead of 1.9.0; 2.1.0 is for x86_64, riscv64, not aarch64), ' +
      'no choice of versions works.',
  ],
  [
    'reports why the source refuses a version',
    `root: a ^1.0.0
     a 1.0.0 [refused: was refused by the plugin licences: no licence]
     a 2.0.0`,
    'Because your project depends on a ^1.0.0 and no version of a that matches ^1.0.0 can be used ' +
      '(1.0.0 was refused by the plugin licences: no licence), no choice of versions works.',
  ],
  [
    'says so if all matching versions need another cpm',
    `root: a ^2.0.0
     cpm: 0.2.0
     a 2.0.0 [cpm >=1.0.0]`,
    'Because your project depends on a ^2.0.0 and no version of a that matches ^2.0.0 can be used ' +
      '(2.0.0 needs cpm >=1.0.0 instead of 0.2.0), no choice of versions works.',
  ],
])

table('overrides', [
  [
    'replace every range on a name',
    `root: a *, b ^1.0.0
     override: b 2.0.0
     a 1.0.0: b ^3.0.0
     b 1.0.0
     b 2.0.0
     b 3.0.0`,
    'a 1.0.0, b 2.0.0',
  ],
  [
    'for packages that nothing needs have no effect',
    `root: a *
     override: b 2.0.0
     a 1.0.0`,
    'a 1.0.0',
  ],
  [
    'are named if they cause the conflict',
    `root: a *
     override: b ^9.0.0
     a 1.0.0: b ^1.0.0
     b 1.0.0`,
    'Because your project depends on a, a 1.0.0 depends on b ^9.0.0 (by an override) and no version of b ' +
      'matches ^9.0.0 (published: 1.0.0), no choice of versions works.',
  ],
])

table('cycles', [
  [
    'are allowed between packages',
    `root: a *
     a 1.0.0: b *
     b 1.0.0: a *`,
    'a 1.0.0, b 1.0.0',
  ],
  [
    'are allowed for a package with itself',
    `root: a *
     a 1.0.0: a ^1.0.0`,
    'a 1.0.0',
  ],
  [
    'rule out versions that require other versions of themselves',
    `root: a *
     a 1.0.0: b *
     a 2.0.0: b *
     a 3.0.0: a ^1.0.0
     b 1.0.0: a ^1.0.0`,
    'a 1.0.0, b 1.0.0',
  ],
])

table('optional dependencies', [
  [
    'are added if they fit, with what they need',
    `root: a *, extra? ^1.0.0
     a 1.0.0
     extra 1.0.0: helper *
     helper 2.0.0`,
    'a 1.0.0, extra 1.0.0, helper 2.0.0',
  ],
  [
    'of packages are wanted as well',
    `root: a *
     a 1.0.0: extra? *
     extra 1.0.0`,
    'a 1.0.0, extra 1.0.0',
  ],
  [
    'never change a required version',
    `root: extra? *, a *
     a 1.0.0
     a 2.0.0
     extra 1.0.0: a ^1.0.0`,
    'a 2.0.0\nwithout extra: incompatible with a 2.0.0',
  ],
  [
    "don't affect required packages, even if they name one",
    // Of c and d, d is decided first: it has fewer versions. As a direct dependency, c would go first.
    `root: c? *, a *
     a 1.0.0: c *, d *
     c 1.0.0: d *
     c 1.1.0: d *
     c 2.0.0: d ^1.0.0
     d 1.0.0
     d 2.0.0`,
    'a 1.0.0, c 1.1.0, d 2.0.0',
  ],
  [
    'use an older version that fits',
    `root: a *, extra? *
     a 1.0.0
     a 2.0.0
     extra 1.0.0: a ^2.0.0
     extra 2.0.0: helper *
     helper 1.0.0: a ^1.0.0`,
    'a 2.0.0, extra 1.0.0',
  ],
  [
    'stay while later ones are tried',
    `root: x? *, y? *
     x 1.0.0: shared ^1.0.0
     y 1.0.0: shared ^2.0.0
     shared 1.0.0
     shared 2.0.0`,
    'shared 1.0.0, x 1.0.0\nwithout y: incompatible with shared 1.0.0',
  ],
  [
    "are left out if the package doesn't exist or no version matches",
    `root: a *, lost? *, old? ^2.0.0
     a 1.0.0
     old 1.0.0`,
    'a 1.0.0\nwithout lost: there is no package named lost\n' +
      'without old: no version of old matches ^2.0.0 (published: 1.0.0)',
  ],
  [
    'are left out if another version is required',
    `root: a *
     a 1.0.0: b ^1.0.0, c *
     b 1.0.0
     b 2.0.0
     c 1.0.0: b? ^2.0.0`,
    'a 1.0.0, b 1.0.0, c 1.0.0\nwithout b: c wants ^2.0.0, but 1.0.0 is chosen',
  ],
  [
    'are left out if they lead to unknown packages',
    `root: a *, extra? *
     a 1.0.0
     extra 1.0.0: lost *`,
    'a 1.0.0\nwithout extra: none of its matching versions can be installed',
  ],
  [
    'may depend on themselves and on the package that wants them',
    `root: a *
     a 1.0.0: extra? *
     extra 1.0.0: extra *, a ^1.0.0`,
    'a 1.0.0, extra 1.0.0',
  ],
])

table('features', [
  [
    'add the optional dependencies they name',
    `root: a+fast *
     a 1.0.0 [fast = turbo]: turbo? *, other? *
     turbo 1.0.0
     other 1.0.0`,
    'a 1.0.0, other 1.0.0, turbo 1.0.0',
  ],
  [
    'that nothing turns on add nothing',
    `root: a *
     a 1.0.0 [fast = turbo] [small = tiny]: turbo? *, tiny? *
     turbo 1.0.0
     tiny 1.0.0`,
    'a 1.0.0',
  ],
  [
    'can be turned on by any dependent',
    `root: a *, b *
     a 1.0.0 [fast = turbo]: turbo? *
     b 1.0.0: a+fast *
     turbo 1.0.0`,
    'a 1.0.0, b 1.0.0, turbo 1.0.0',
  ],
  [
    'apply through optional dependencies that were added for a feature',
    `root: a+fast *, z *
     a 1.0.0 [fast = turbo]: turbo? *
     turbo 1.0.0: z+deep *
     z 1.0.0 [deep = well]: well? *
     well 1.0.0`,
    'a 1.0.0, turbo 1.0.0, well 1.0.0, z 1.0.0',
  ],
  [
    'of an optional dependency that was left out add nothing',
    `root: a *, b *
     a 1.0.0: b?+fast ^2.0.0
     b 1.0.0 [fast = turbo]: turbo? *
     turbo 1.0.0`,
    'a 1.0.0, b 1.0.0\nwithout b: a wants ^2.0.0, but 1.0.0 is chosen',
  ],
  [
    "that a version doesn't have are ignored",
    `root: a+unheard-of *
     a 1.0.0: b? *
     b 1.0.0`,
    'a 1.0.0, b 1.0.0',
  ],
])
