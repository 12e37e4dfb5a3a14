import path from 'node:path'
import fs from 'node:fs'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { linesOf } from '../../src/operations/bridge/lines.ts'
import { Rig } from '../rig/rig.ts'

interface Answer {
  id?: unknown
  success: boolean
  data: unknown
  error: { code: string; message: string } | null
}

async function rigWithProject() {
  const rig = await Rig.create()
  await rig.publish('a@1.0.0', 'b@1.0.0')
  rig.project({})
  return rig
}

async function bridge(rig: Rig, method: string, document: unknown) {
  const input = typeof document === 'string' ? document : JSON.stringify(document)
  const { stdout, code } = await rig.cpm(`bridge ${method}`, { input })
  expect(stdout.split('\n')).toHaveLength(1)
  return { code, answer: JSON.parse(stdout) as Answer }
}

test('one document installs, verifies, lists and removes packages, and one is the answer', async () => {
  await using rig = await rigWithProject()
  const cwd = 'project-1'
  const installed = await bridge(rig, 'install', { cwd, packages: ['a', 'b@^1.0.0'] })
  expect(installed).toMatchObject({ code: 0, answer: { success: true, error: null } })
  expect((await bridge(rig, 'verify', { cwd })).answer.success).toBe(true)
  expect((await bridge(rig, 'uninstall', { cwd, packages: ['b'] })).answer.success).toBe(true)
  const { data } = (await bridge(rig, 'state', { cwd })).answer
  expect((data as { packages: { name: string }[] }).packages.map(({ name }) => name)).toEqual(['a'])
})

test('a failure is an answer on standard output, with the exit status of its error', async () => {
  await using rig = await rigWithProject()
  const missing = await bridge(rig, 'install', { cwd: 'project-1', packages: ['nosuch'] })
  expect(missing).toMatchObject({ code: 7, answer: { success: false, data: null } })
  for (const document of ['', '{', '[]', { cwd: 'project-1', force: true }, { packages: 'a' }, '{"__proto__": {}}x'])
    expect(await bridge(rig, 'install', document)).toMatchObject({ code: 2, answer: { error: { code: 'BRIDGE_INVALID' } } }) // prettier-ignore
  const json = await rig.cpm('bridge install --json', { input: '{' })
  expect(json.json).toMatchObject({ success: false, data: null, error: { code: 'BRIDGE_INVALID' } })
})

test('a session answers lines in order, and goes on after bad ones', async () => {
  await using rig = await rigWithProject()
  const cwd = 'project-1'
  const lines = [
    JSON.stringify({ id: 1, method: 'install', params: { cwd, packages: ['a'] } }),
    'nonsense',
    '',
    JSON.stringify({ id: 'x', method: 'nosuch' }),
    JSON.stringify({ id: 2, method: 'state', params: { cwd, more: 1 } }),
    `"${'y'.repeat(1024 * 1024)}"`,
    JSON.stringify({ id: 3, method: 'uninstall', params: { cwd, packages: ['a'] } }),
    JSON.stringify({ id: 4, method: 'state', params: { cwd } }),
  ]
  const { stdout, code } = await rig.cpm('bridge serve', { input: lines.join('\n') })
  const answers = stdout.split('\n').map((line) => JSON.parse(line) as Answer)
  expect(code).toBe(0)
  expect(answers.map(({ id, success, error }) => [id, success || error?.code])).toEqual([
    [1, true],
    [null, 'BRIDGE_INVALID'],
    ['x', 'BRIDGE_INVALID'],
    [2, 'BRIDGE_INVALID'],
    [null, 'BRIDGE_INVALID'],
    [3, true],
    [4, true],
  ])
  expect((await rig.cpm('bridge serve --events', { input: '' })).code).toBe(2)
})

test('lines are split wherever their bytes are cut, and a long one is not kept', async () => {
  async function* chunks() {
    for (const text of ['a', 'b\nc', '\n\nlong', ' line', '!\nd']) yield Promise.resolve(Buffer.from(text))
  }
  const lines: (string | undefined)[] = []
  for await (const line of linesOf(chunks(), 5)) lines.push(line)
  expect(lines).toEqual(['ab', 'c', undefined, 'd'])
})

const hasPython = (process.env.PATH ?? '').split(path.delimiter).some((folder) => fs.existsSync(path.join(folder, 'python3'))) // prettier-ignore

test.skipIf(!hasPython)('the client in Python drives a real cpm', async () => {
  await using rig = await rigWithProject()
  const bin = path.resolve(import.meta.dirname, '../../bin')
  const command = process.env.CPM_TEST_FROM === 'source' ? [process.execPath, '--import', import.meta.resolve('tsx'), path.join(bin, 'cpm.mts')] : [process.execPath, path.join(bin, 'cpm.js')] // prettier-ignore
  const program = `import json, sys
sys.path.insert(0, sys.argv[1])
from cpm_bridge import Bridge, CpmError
with Bridge(json.loads(sys.argv[2])) as cpm:
    cpm.install("a", cwd="project-1")
    print([p["name"] for p in cpm.state(cwd="project-1")["packages"]])
    try:
        cpm.uninstall("b", cwd="project-1")
    except CpmError as error:
        print(error.code)
    cpm.verify(cwd="project-1")
`
  const folder = path.resolve(import.meta.dirname, '../../examples/bridge')
  const args = ['-B', '-c', program, folder, JSON.stringify(command)]
  const { stdout } = await execa('python3', args, { cwd: rig.root, env: { ...rig.env, PATH: process.env.PATH ?? '' } })
  expect(stdout.split('\n')).toEqual(["['a']", 'PACKAGE_NOT_FOUND'])
})
