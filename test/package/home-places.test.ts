import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { EnvironmentVariables } from '../../src/core/environment-variables.ts'
import { locateHome } from '../../src/core/home.ts'
import { filesToPack } from '../../src/package/files-to-pack.ts'
import { generateKey } from '../../src/package/keys.ts'
import { Rig } from '../rig/rig.ts'

const EVERYTHING = { files: ['**'], executables: [], allow: ['**'] }

/** Makes a home as it is after some use, with a key, a token and a store. */
function makeHome(root: string, store?: string) {
  const home = locateHome(new EnvironmentVariables({ CPM_HOME: root }), store)
  generateKey(home.keys, new Date())
  for (const folder of [home.registry, home.store, home.cache, home.runs, home.secrets, home.colonyKeys, home.environments]) {
    fs.mkdirSync(folder, { recursive: true })
    fs.writeFileSync(path.join(folder, 'private'), 'x')
  }
  for (const file of [home.credentials, home.secretsKey, home.config, home.trust, home.contexts]) fs.writeFileSync(file, '{}')
  return home
} // prettier-ignore

const OWN = ['README.md', 'colony.yaml', 'src/x']

describe('no file of a cpm home is packed, even if every file is picked and allowed: a home', () => {
  test.each([
    ['in a folder of the package', 'state'],
    ['deep in the package', 'a/b/state'],
    ['that is the package folder', '.'],
    ['above the package', '..'],
  ])('%s', async (_, place) => {
    await using rig = await Rig.create()
    const root = rig.package('a@1.0.0', { files: { 'src/x': 'x' } })
    const home = makeHome(path.resolve(root, place))
    expect(filesToPack(root, { ...EVERYTHING, home }).map((file) => file.path)).toEqual(OWN)
    // Without the check, all of it would be packed.
    if (place !== '..') expect(filesToPack(root, EVERYTHING).length).toBeGreaterThan(OWN.length + 5)
  })

  test('behind links into or out of the package', async () => {
    await using rig = await Rig.create()
    const root = rig.package('a@1.0.0', { files: { 'src/x': 'x' } })
    const packed = (home: ReturnType<typeof makeHome>) => filesToPack(root, { ...EVERYTHING, home }).map(({ path }) => path)
    // The home is in the package, and CPM_HOME is a link to it.
    makeHome(path.join(root, 'real'))
    fs.symlinkSync(path.join(root, 'real'), rig.path('link'))
    expect(packed(locateHome(new EnvironmentVariables({ CPM_HOME: rig.path('link') })))).toEqual(OWN)
    // The package is packed through a link.
    fs.symlinkSync(root, rig.path('package'))
    const byLink = filesToPack(rig.path('package'), { ...EVERYTHING, home: makeHome(path.join(root, 'real')) })
    expect(byLink.map((file) => file.path)).toEqual(OWN)
    fs.rmSync(path.join(root, 'real'), { recursive: true })
    // The package contains the keys of a home elsewhere, and a link to that home.
    fs.mkdirSync(path.join(root, 'my-keys'))
    const home = makeHome(rig.path('elsewhere'))
    fs.renameSync(home.keys, path.join(root, 'my-keys/keys'))
    fs.symlinkSync(path.join(root, 'my-keys/keys'), home.keys)
    fs.symlinkSync(home.root, path.join(root, 'home-link'))
    expect(packed(home)).toEqual(OWN)
  }) // prettier-ignore

  test('whose store is elsewhere, or in a folder named .cpm whatever CPM_HOME is', async () => {
    await using rig = await Rig.create()
    const root = rig.package('a@1.0.0', { files: { 'src/x': 'x', '.cpm/keys/x': 'x', 'sub/.cpm/config.json': '{}' } })
    const home = makeHome(rig.path('home'), path.join(root, 'store'))
    expect(filesToPack(root, { ...EVERYTHING, home }).map((file) => file.path)).toEqual(OWN)
  })

  test('that contains the package in a private folder, which is refused', async () => {
    await using rig = await Rig.create()
    const home = makeHome(rig.path('home'))
    for (const place of [home.keys, home.secrets, home.colonyKeys, home.runs]) {
      const root = path.join(place, 'deep/package')
      rig.write({ 'colony.yaml': 'apiVersion: v1\n' }, root)
      expect(() => filesToPack(root, { ...EVERYTHING, home })).toThrow(
        expect.objectContaining({ code: 'PACK_REFUSED', message: `${root} is in ${place}, a private folder of cpm` }),
      )
    }
  }) // prettier-ignore
})

test('publishing twice with a relative CPM_HOME in the package publishes the same package', async () => {
  await using rig = await Rig.create()
  const root = rig.package('a@1.0.0')
  const env = { CPM_HOME: 'state', CPM_SIGNING_KEY: '07'.repeat(32) }
  const publish = async () => (await rig.binary('publish . --json', { cwd: root, env })).json
  expect((await publish()).data).toMatchObject({ packages: [{ outcome: 'published' }] })
  expect(fs.existsSync(path.join(root, 'state/registry'))).toBe(true)
  expect((await publish()).data).toMatchObject({ packages: [{ outcome: 'unchanged' }] })
  const { files } = (await rig.binary('pack . --dry-run --json', { cwd: root, env })).json.data as { files: string[] }
  expect(files).toEqual(['README.md', 'colony.yaml'])
})

test.skipIf(process.platform === 'win32')("an empty CPM_HOME means the user's home, not the package", async () => {
  await using rig = await Rig.create()
  const root = rig.package('a@1.0.0')
  const env = { CPM_HOME: '', HOME: rig.path('somebody'), CPM_SIGNING_KEY: '07'.repeat(32) }
  expect((await rig.cpm('publish . --json', { cwd: root, env })).code).toBe(0)
  expect(fs.readdirSync(root).sort()).toEqual(['README.md', 'colony.yaml'])
  expect(fs.existsSync(rig.path('somebody/.cpm/registry/index/a'))).toBe(true)
})
