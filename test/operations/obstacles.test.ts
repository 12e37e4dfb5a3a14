import { describe, expect, test } from 'vitest'
import type { ReadLock } from '../../src/installer/lockfile.ts'
import { parseProjectManifest } from '../../src/installer/project-manifest.ts'
import { soleRoot } from '../../src/installer/roots.ts'
import type { Selection } from '../../src/installer/resolve-project.ts'
import { tellWhyNot, type WhyNot } from '../../src/operations/project/obstacles.ts'
import type { Lock } from '../../src/schema/lock.ts'
import type { PackageName } from '../../src/schema/name.ts'
import type { Version } from '../../src/schema/version.ts'
import { worldOf } from '../resolver/world.ts'

interface Case {
  /** the registry, with `lock:` for what colony.lock has */
  world: string
  manifest: string
  ask: string
  selection?: Selection
  repeated?: string
  lockedDependencies?: Record<string, Lock['packages'][PackageName]['dependencies']>
}

async function asked({ world, manifest, ask, selection, repeated = '', lockedDependencies }: Case): Promise<WhyNot> {
  const { documents, problem } = worldOf(world)
  const text = `apiVersion: v1\n${manifest}`
  const packages = Object.fromEntries(
    [...problem.locked].map(([name, version]) => [name, { version, dependencies: lockedDependencies?.[name] ?? {} }]),
  )
  const lock = { kind: 'lock', lock: { packages, omitted: {} }, text: '' } as unknown as ReadLock
  const read = parseProjectManifest(text)
  const [name, version] = ask.split('@') as [PackageName, Version]
  return await tellWhyNot(
    { text, manifest: read, path: '.', roots: soleRoot(read) },
    lock,
    { name, version },
    {
      root: '/',
      source: { read: (names) => Promise.resolve(new Map(names.map((each) => [each, documents.get(each) ?? null]))) },
      cpmVersion: '0.1.0',
      selection,
      repeated,
      mayUpdate: true,
    },
  )
}

function told({ reasons, tips }: WhyNot) {
  return [...reasons.map(({ obstacle, message }) => `${obstacle}: ${message}`), ...tips.map((tip) => `> ${tip}`)]
}

describe('why-not shows what keeps a version out', () => {
  const codec = 'codec 1.0.0\ncodec 1.1.0\ncodec 2.0.0\ncodec 3.0.0-rc.1\n'
  const direct = 'dependencies: { codec: ^1.0.0 }'
  test.each<[title: string, given: Case, answer: string[]]>([
    [
      'the requirement, for a newer version beyond it',
      { world: `${codec}lock: codec 1.0.0`, manifest: direct, ask: 'codec@2.0.0' },
      ['requirement: colony.yaml requires codec ^1.0.0, which does not include 2.0.0', '> cpm install codec@2.0.0'],
    ],
    [
      'the requirement, for a version below it',
      { world: `${codec}lock: codec 1.1.0`, manifest: 'dependencies: { codec: ^1.1.0 }', ask: 'codec@1.0.0' },
      ['requirement: colony.yaml requires codec ^1.1.0, which does not include 1.0.0', '> cpm install codec@1.0.0'],
    ],
    [
      'the requirement of a development dependency',
      { world: `${codec}lock: codec 1.0.0`, manifest: 'devDependencies: { codec: ^1.0.0 }', ask: 'codec@2.0.0' },
      [
        'requirement: colony.yaml requires codec ^1.0.0, which does not include 2.0.0',
        '> cpm install --dev codec@2.0.0',
      ],
    ],
    [
      'the rule for pre-releases',
      { world: `${codec}lock: codec 2.0.0`, manifest: "dependencies: { codec: '>=1' }", ask: 'codec@3.0.0-rc.1' },
      [
        'pre-release: colony.yaml requires codec >=1, and a pre-release is used only if the range names one',
        '> cpm install codec@3.0.0-rc.1',
      ],
    ],
    [
      'an override',
      {
        world: `${codec}lock: codec 1.0.0`,
        manifest: `${direct}\noverrides: { codec: 1.0.0 }`,
        ask: 'codec@1.1.0',
      },
      [
        'override: colony.yaml overrides codec with 1.0.0, which does not include 1.1.0',
        '> add  overrides: { codec: 1.1.0 }  to colony.yaml',
      ],
    ],
    [
      'the lock, if nothing else does',
      { world: `${codec}lock: codec 1.0.0`, manifest: direct, ask: 'codec@1.1.0' },
      ['lock: only colony.lock keeps codec at 1.0.0', '> cpm update codec'],
    ],
    [
      'other packages in the lock',
      {
        world:
          'web 1.0.0: codec ^1.0.0\nweb 1.1.0: codec ^2.0.0\ncodec 1.0.0\ncodec 2.0.0\nlock: web 1.0.0, codec 1.0.0',
        manifest: 'dependencies: { web: ^1.0.0 }',
        ask: 'codec@2.0.0',
      },
      [
        'lock: only colony.lock keeps codec at 1.0.0, and it can only change together with web 1.1.0 (locked: 1.0.0)',
        '> cpm update',
      ],
    ],
    [
      'a lock that is older than colony.yaml',
      { world: `${codec}lock: codec 2.0.0`, manifest: 'dependencies: { codec: ^1.0.0 }', ask: 'codec@1.1.0' },
      ['lock: colony.lock is older than colony.yaml', '> cpm install'],
    ],
    [
      'a newer allowed version',
      { world: `${codec}lock: codec 1.1.0`, manifest: direct, ask: 'codec@1.0.0' },
      ['preference: codec 1.1.0 is newer and allowed, and cpm takes the newest', '> cpm install codec@1.0.0'],
    ],
    [
      'a yank, without a tip',
      {
        world: 'codec 1.0.0\ncodec 1.1.0 [yanked: loses rows]\nlock: codec 1.0.0',
        manifest: direct,
        ask: 'codec@1.1.0',
      },
      ['yanked: codec 1.1.0 was yanked: loses rows'],
    ],
    [
      'that it was never published, with the most similar version',
      { world: `${codec}lock: codec 1.0.0`, manifest: direct, ask: 'codec@2.0.1' },
      ['not-published: codec 2.0.1 is not published (published: 1.0.0, 1.1.0, 2.0.0, 3.0.0-rc.1); did you mean 2.0.0?'],
    ],
    [
      'the date, with a command without it',
      {
        world: 'codec 1.0.0 [at 2026-01-01T00:00:00Z]\ncodec 1.1.0 [at 2026-03-01T00:00:00Z]\nlock: codec 1.0.0',
        manifest: direct,
        ask: 'codec@1.1.0',
        selection: { excludeNewer: '2026-02-01T00:00:00Z' },
        repeated: ' --registry here --exclude-newer 2026-02-01',
      },
      [
        'too-new: codec 1.1.0 was published on 2026-03-01T00:00:00Z, which is after 2026-02-01T00:00:00Z',
        '> cpm update codec --registry here',
      ],
    ],
    [
      'the date and the requirement that also excludes it',
      {
        world: 'codec 1.0.0 [at 2026-01-01T00:00:00Z]\ncodec 2.0.0 [at 2026-03-01T00:00:00Z]\nlock: codec 1.0.0',
        manifest: direct,
        ask: 'codec@2.0.0',
        selection: { excludeNewer: '2026-02-01T00:00:00Z' },
        repeated: ' --exclude-newer 2026-02-01',
      },
      [
        'too-new: codec 2.0.0 was published on 2026-03-01T00:00:00Z, which is after 2026-02-01T00:00:00Z',
        'requirement: colony.yaml requires codec ^1.0.0, which does not include 2.0.0',
        '> cpm install codec@2.0.0',
      ],
    ],
    [
      'a condition on cpm',
      { world: 'codec 1.0.0\ncodec 1.1.0 [cpm >=9]\nlock: codec 1.0.0', manifest: direct, ask: 'codec@1.1.0' },
      ['other-target: codec 1.1.0 needs cpm >=9 instead of 0.1.0'],
    ],
    [
      'the reason why the source refuses it',
      {
        world: 'codec 1.0.0\ncodec 1.1.0 [refused: is not here]\nlock: codec 1.0.0',
        manifest: direct,
        ask: 'codec@1.1.0',
      },
      ['refused: codec 1.1.0 is not here'],
    ],
    [
      'that an optional dependency was left out, with the reason',
      {
        world:
          'web 1.0.0: codec ^2.0.0\ncodec 1.0.0\ncodec 2.0.0\nlock: web 1.0.0, codec 2.0.0\nheif 1.0.0: codec ^1.0.0',
        manifest: "dependencies: { web: ^1.0.0, heif: { version: '*', optional: true } }",
        ask: 'heif@1.0.0',
      },
      ['left-out: heif is optional, and was left out: incompatible with codec 2.0.0'],
    ],
    [
      'the feature that would require it',
      {
        world: 'web 1.0.0 [photos = heif]: heif? *\nheif 1.0.0\nlock: web 1.0.0',
        lockedDependencies: { web: { ['heif' as PackageName]: { version: '*', optional: true } } },
        manifest: 'dependencies: { web: ^1.0.0 }',
        ask: 'heif@1.0.0',
      },
      ['feature: heif is optional for web: only a feature requires it', '> cpm install heif@1.0.0'],
    ],
    [
      'a feature of the project',
      {
        world: 'heif 1.0.0\nlock:',
        manifest: "dependencies: { heif: { version: '*', optional: true } }\nfeatures: { photos: [heif] }",
        ask: 'heif@1.0.0',
      },
      ['feature: only the feature photos of your project requires heif'],
    ],
    [
      'that nothing depends on the package',
      { world: `${codec}lib 1.0.0\nlock: codec 1.0.0`, manifest: direct, ask: 'lib@1.0.0' },
      ['not-required: nothing in your project depends on lib', '> cpm install lib@1.0.0'],
    ],
  ])('%s', async (_, given, answer) => {
    expect(told(await asked(given))).toEqual(answer)
  })

  test('shows what others require if a newer lock would not help, with an override that was tried', async () => {
    const given = {
      world: 'web 1.0.0: codec ^1.0.0\ncodec 1.0.0\ncodec 2.0.0\nlock: web 1.0.0, codec 1.0.0',
      manifest: 'dependencies: { web: ^1.0.0 }',
      ask: 'codec@2.0.0',
    }
    const [reason, tip] = told(await asked(given))
    expect(reason).toContain('incompatible: ')
    expect(reason).toContain('web 1.0.0 depends on codec ^1.0.0')
    expect(tip).toBe('> add  overrides: { codec: 2.0.0 }  to colony.yaml')
  })

  test('shows the requirement and the other reasons if loosening the requirement would not help', async () => {
    const given = {
      world: 'codec 1.0.0\ncodec 2.0.0: base ^2.0.0\nbase 1.0.0\nbase 2.0.0 [yanked]\nlock: codec 1.0.0, base 1.0.0',
      manifest: 'dependencies: { codec: ^1.0.0, base: ^1.0.0 }',
      ask: 'codec@2.0.0',
    }
    const [requirement, incompatible, tip] = told(await asked(given))
    expect(requirement).toBe('requirement: colony.yaml requires codec ^1.0.0, which does not include 2.0.0')
    expect(incompatible).toContain('codec 2.0.0 depends on base ^2.0.0')
    expect(tip).toBeUndefined()
  })

  test('shows that colony.yaml no longer allows a version in colony.lock', async () => {
    const given = { world: `${codec}lock: codec 2.0.0`, manifest: direct, ask: 'codec@2.0.0' }
    const answer = await asked(given)
    expect(answer.isInstalled).toBe(true)
    expect(told(answer)).toEqual(['requirement: colony.yaml requires codec ^1.0.0, which does not include 2.0.0'])
  })

  test('suggests a similar name for an unknown package', async () => {
    const given = { world: `${codec}lock: codec 1.0.0`, manifest: direct, ask: 'codex@1.0.0' }
    await expect(asked(given)).rejects.toMatchObject({
      code: 'PACKAGE_NOT_FOUND',
      message: 'there is no package named codex; did you mean codec?',
    })
  })
})
