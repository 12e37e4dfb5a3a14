import fs from 'node:fs'
import path from 'node:path'
import { stringify } from 'yaml'
import { afterEach, expect, test } from 'vitest'
import { ForgedRegistry } from '../rig/forged-registry.ts'
import { Rig } from '../rig/rig.ts'

const umask = process.umask(0o022)
process.umask(umask)
afterEach(() => {
  process.umask(umask)
})

/** Lists everything below a folder that is not a link. */
function everythingIn(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((place) => !fs.lstatSync(place).isSymbolicLink())
}

test.skipIf(process.platform === 'win32')(
  'A06 A08 nothing that cpm writes is writable for everybody, and no package for its group, whatever the umask',
  async () => {
    await using rig = await Rig.create()
    await rig.publish(['a@1.0.0', { files: { 'bin/run': '#!/bin/sh\n', 'deep/er/file.txt': 'x' } }])
    const project = rig.project({ dependencies: { a: '*' } })
    const packages = path.join(project, 'colony_packages')
    for (const flag of ['--copy', '--no-frozen']) {
      fs.rmSync(packages, { recursive: true, force: true })
      fs.rmSync(path.join(rig.home, 'store'), { recursive: true, force: true })
      process.umask(0)
      expect((await rig.binary(`install ${flag}`, { cwd: project })).code).toBe(0)
      const places = [path.join(rig.home, 'store'), packages].flatMap(everythingIn)
      const isOfPackage = (place: string) => /colony_packages\/a(?:$|\/)|\/[0-9a-f]{64}(?:$|\/)/.test(place)
      const forbidden = (place: string) => (isOfPackage(place) ? 0o022 : 0o002)
      expect(places.filter((place) => (fs.lstatSync(place).mode & forbidden(place)) !== 0)).toEqual([])
      expect(places.filter(isOfPackage).length).toBeGreaterThan(5)
    }
  },
)

/** The names of files that cpm itself keeps in a store, a project, a home or a registry. */
const OURS = [
  ...[
    '.cpm/journal.json',
    '.cpmrc',
    '.locks/x',
    '.staging/x',
    '.table',
    'boots/x',
    'colony.lock',
    'config.json',
    'state.json',
  ],
  ...['colony_packages/.cpm/installed.json', 'colony_packages/b/colony.yaml', 'gc.lock', 'index/a', 'keys/a', 'tmp/x'],
  ...['trust.json', 'credentials.json', 'projects/x', 'v1/tmp/x', '.proofs/a.dsse', 'colony.config.yaml'],
]

test.each(['--no-frozen', '--copy'])(
  'A18 files in a package that are named like those of cpm mean nothing to it (install %s)',
  async (flag) => {
    await using rig = await Rig.create()
    const registry = new ForgedRegistry(rig.path('forged'))
    const said = { name: 'a', version: '1.0.0' }
    const own = Object.fromEntries(
      OURS.map((name) => [name, '{"schemaVersion":1,"steps":[],"install":{"mode":"copy"}}']),
    )
    await registry.add(said, { 'colony.yaml': stringify({ apiVersion: 'v1', ...said }), ...own })
    const project = rig.project({ dependencies: { a: '*' } })
    const run = (command: string) => rig.cpm(`${command} --registry ${registry.root}`, { cwd: project })
    expect((await run(`install ${flag}`)).code).toBe(0)
    for (const name of OURS) expect(fs.existsSync(path.join(project, 'colony_packages/a', name)), name).toBe(true)
    // Damage is found and mended as in any other package, although the package says that it is proven.
    const victim = path.join(fs.realpathSync(path.join(project, 'colony_packages/a')), 'colony.lock')
    fs.chmodSync(victim, 0o644)
    fs.writeFileSync(victim, 'changed')
    expect((await run('verify')).code).toBe(5)
    expect((await run('ci')).code).toBe(0)
    expect((await run('verify')).code).toBe(0)
  },
)

test('G10 names of 255 bytes and paths of 1,024 bytes are packed, published, installed and proven', async () => {
  await using rig = await Rig.create()
  const files = {
    ['n'.repeat(255)]: 'a name of 255 bytes',
    [`${'ü'.repeat(127)}n/f`]: 'in a folder of 255 bytes',
    [`${'d/'.repeat(511)}ab`]: 'below 511 folders',
    [`${`${'p'.repeat(250)}/`.repeat(4)}${'q'.repeat(20)}`]: 'a path of 1,024 bytes',
  }
  await rig.publish(['a@1.0.0', { files }])
  const project = rig.project({ dependencies: { a: '*' } })
  for (const command of ['install', 'ci --prove', 'verify', 'install --copy', 'verify'])
    expect(await rig.cpm(command, { cwd: project })).toMatchObject({ code: 0 })
  for (const [name, contents] of Object.entries(files))
    expect(fs.readFileSync(path.join(project, 'colony_packages/a', name), 'utf8')).toBe(contents)
})
