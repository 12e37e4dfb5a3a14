import fs from 'node:fs'
import nodeModule from 'node:module'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'

/** since Node 22.8 */
const nodeCanKeepCode = 'enableCompileCache' in nodeModule
const isRoot = process.getuid?.() === 0

const codeOf = ({ home }: Rig) => path.join(home, 'cache', 'code')

/** Makes a machine with a cache, but without compiled code. */
async function machine(): Promise<Rig> {
  const rig = await Rig.create()
  await rig.publish('a@1.0.0')
  fs.mkdirSync(path.join(rig.home, 'cache'), { recursive: true })
  return rig
}

const install = async (rig: Rig, env: Record<string, string> = {}) => {
  const project = rig.project({ dependencies: { a: '*' } })
  const { code, stderr } = await rig.binary('install', { cwd: project, env })
  expect(code, stderr).toBe(0)
  expect(stderr).not.toMatch(/warning|error/)
}

test('the shortest commands, and those without a home, make no folder for compiled code', async () => {
  await using rig = await Rig.create()
  for (const command of ['--version', '--help', 'help', 'install']) await rig.binary(command)
  expect(fs.existsSync(rig.home)).toBe(false)
  fs.mkdirSync(path.join(rig.home, 'cache'), { recursive: true })
  for (const command of ['--version', '--help']) await rig.binary(command)
  expect(rig.files(rig.home)).toEqual([])
  expect(fs.existsSync(codeOf(rig))).toBe(false)
})

test.skipIf(nodeCanKeepCode)('an old Node keeps no compiled code', async () => {
  await using rig = await machine()
  await install(rig)
  await install(rig)
  expect(fs.existsSync(codeOf(rig))).toBe(false)
})

describe.runIf(nodeCanKeepCode)('a Node that can keep compiled code', () => {
  test('keeps that of the main thread and of workers in a private folder of the home, which cache clean removes', async () => {
    await using rig = await machine()
    await install(rig)
    expect(fs.statSync(codeOf(rig)).mode & 0o777).toBe(0o700)
    const first = rig.files(codeOf(rig))
    const modules = fs
      .readdirSync(path.resolve(import.meta.dirname, '../../dist'))
      .filter((name) => name.endsWith('.js'))
    expect(first.length).toBeGreaterThan(20)
    expect(first.length).toBeLessThan(modules.length + 50)
    // One folder for this version of Node, for all threads.
    expect(new Set(first.map((file) => file.split(path.sep).length))).toEqual(new Set([2]))
    const contents = first.map((file) => fs.readFileSync(path.join(codeOf(rig), file), 'latin1'))
    await install(rig)
    expect(first.map((file) => fs.readFileSync(path.join(codeOf(rig), file), 'latin1'))).toEqual(contents)
    const { data } = (await rig.cpm('cache size --json')).json as { data: { kinds: { code: { files: number } } } }
    expect(data.kinds.code.files).toBe(rig.files(codeOf(rig)).length)
    expect((await rig.cpm('cache clean')).stdout).toContain('compiled code of cpm')
    expect(rig.files(codeOf(rig))).toEqual([])
  })

  test('keeps none where it may not, and says nothing about it', async () => {
    await using rig = await machine()
    await install(rig, { NODE_DISABLE_COMPILE_CACHE: '1' })
    expect(fs.existsSync(codeOf(rig))).toBe(false)
    await install(rig, { NODE_COMPILE_CACHE: rig.path('elsewhere') })
    expect(fs.existsSync(codeOf(rig))).toBe(false)
    expect(rig.files(rig.path('elsewhere'))).not.toEqual([])
  })

  test.each([
    [
      'the home',
      (rig: Rig) => {
        fs.chmodSync(rig.home, 0o777)
      },
    ],
    [
      'the cache',
      (rig: Rig) => {
        fs.chmodSync(path.join(rig.home, 'cache'), 0o775)
      },
    ],
    [
      'its folder',
      (rig: Rig) => {
        fs.mkdirSync(codeOf(rig))
        fs.chmodSync(codeOf(rig), 0o755)
      },
    ],
    [
      'the target of a link in its place',
      (rig: Rig) => {
        fs.symlinkSync(rig.root, codeOf(rig))
      },
    ],
  ])('keeps none if others can change %s', async (_what, open) => {
    await using rig = await machine()
    open(rig)
    const before = rig.files(rig.root).length
    await install(rig, {})
    expect(
      fs.existsSync(codeOf(rig)) ? fs.readdirSync(codeOf(rig)).filter((name) => name.startsWith('v')) : [],
    ).toEqual([])
    expect(before).toBeGreaterThan(0)
  })

  test.runIf(isRoot)('keeps none of another account, which could have put anything there', async () => {
    await using rig = await machine()
    fs.mkdirSync(codeOf(rig), { mode: 0o700 })
    fs.chownSync(codeOf(rig), 4321, 4321)
    await install(rig)
    expect(fs.readdirSync(codeOf(rig))).toEqual([])
  })

  test.runIf(isRoot)('works in a home that cannot be written', async () => {
    await using rig = await machine()
    const project = rig.project({ dependencies: { a: '*' } })
    expect((await rig.binary('install', { cwd: project, env: { NODE_DISABLE_COMPILE_CACHE: '1' } })).code).toBe(0)
    for (const name of fs.readdirSync(rig.root, { recursive: true, encoding: 'utf8' }))
      if (!fs.lstatSync(rig.path(name)).isSymbolicLink()) fs.chmodSync(rig.path(name), 0o755)
    fs.chmodSync(rig.root, 0o755)
    const account = { uid: 4321, gid: 4321 }
    const { code, stderr } = await rig.binary('list', { cwd: project, account, withoutKey: true })
    expect([code, stderr]).toEqual([0, ''])
    expect(fs.existsSync(codeOf(rig))).toBe(false)
  })
})
