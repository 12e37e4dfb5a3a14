import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { Diff } from '../../src/operations/packages/diff.ts'
import { textChanges } from '../../src/operations/packages/text-changes.ts'
import { renderDiff } from '../../src/cli/views/package-diff.ts'
import { Rig } from '../rig/rig.ts'

const workflow = (name: string) =>
  `kind: Workflow\nfunctions:\n  - nodename: ${name}\n    funcname: cut\n    args: ['\${inputs.size}', '\${inputs.who}']\n    conditions: { executortype: x }\n`

async function rigWithVersions() {
  const rig = await Rig.create()
  await rig.publish('codec@1.0.0')
  await rig.publish([
    'thumbs@1.0.0',
    {
      dependencies: { codec: '^1' },
      inputs: [
        { key: 'size', type: 'integer', default: 64 },
        { key: 'who', type: 'string', required: true },
      ],
      files: { 'workflows/main.yaml': workflow('cut'), 'notes.txt': 'one\ntwo\n', 'old.bin': 'x\0y' },
    },
  ])
  await rig.publish([
    'thumbs@1.1.0',
    {
      license: 'MIT',
      inputs: [
        { key: 'size', type: 'integer', default: 128 },
        { key: 'who', type: 'string', required: true },
      ],
      files: {
        'workflows/main.yaml': workflow('crop'),
        'notes.txt': 'one\n\u001b[2J three\n',
        'new.txt': 'new\n',
      },
    },
  ])
  return rig
}

test('two versions are compared: files, inputs, dependencies, manifest, signers and rendered workflows', async () => {
  await using rig = await rigWithVersions()
  const { json, code } = await rig.cpm('diff thumbs@1.0.0 thumbs@1.1.0 --patch --json')
  expect(code).toBe(0)
  const data = json.data as Diff
  expect(data.before).toMatchObject({ name: 'thumbs', version: '1.0.0', from: 'registry' })
  expect(data.after.signers).toEqual(data.after.owners)
  expect(data.same).toBe(false)
  expect(data.files.added).toEqual([{ key: 'new.txt', after: { size: 4, executable: false } }])
  expect(data.files.removed.map(({ key }) => key)).toEqual(['old.bin'])
  const notes = data.files.changed.find(({ key }) => key === 'notes.txt')
  expect(notes?.patch).toEqual({ lines: ['@@ -1,2 +1,2 @@', ' one', '-two', '+\u001b[2J three'] })
  expect(data.dependencies.removed).toEqual([{ key: 'codec', before: '^1' }])
  expect(data.inputs.changed.map(({ key }) => key)).toEqual(['size'])
  expect(data.manifest.added).toEqual([{ key: 'license', after: 'MIT' }])
  expect(data.workflows).toHaveLength(1)
  const lines = data.workflows[0]?.patch && 'lines' in data.workflows[0].patch ? data.workflows[0].patch.lines : []
  expect(lines).toContain('-  - nodename: cut')
  expect(lines.join('\n')).toContain('128')

  const { stdout } = await rig.cpm('diff thumbs@1.0.0 thumbs@1.1.0 -p')
  expect(stdout).toContain('thumbs@1.0.0 -> thumbs@1.1.0')
  expect(stdout).toContain('\\u001b[2J three')
  expect(stdout).not.toContain('\u001b')
  expect((await rig.cpm('diff thumbs@1.0.0 thumbs@1.0.0')).stdout).toContain('no differences')
})

test('one side may be left out: the locked version is compared with the newest that colony.yaml allows', async () => {
  await using rig = await rigWithVersions()
  const cwd = rig.project({ dependencies: { thumbs: '1.0.0' } })
  await rig.cpm('install', { cwd })
  fs.writeFileSync(path.join(cwd, 'colony.yaml'), 'apiVersion: v1\ndependencies: { thumbs: ^1.0.0 }\n')
  await rig.publish('thumbs@2.0.0')
  const { data } = (await rig.cpm('diff thumbs --json', { cwd })).json
  expect(data).toMatchObject({ before: { version: '1.0.0', from: 'colony.lock' }, after: { version: '1.1.0' } })
  const exact = await rig.cpm('diff thumbs@2.0.0 --json', { cwd })
  expect(exact.json.data).toMatchObject({ before: { version: '1.0.0' }, after: { version: '2.0.0' } })
  const nothing = await rig.cpm('diff thumbs')
  expect(nothing.code).toBe(2)
  expect(nothing.stderr).toContain('not in colony.lock')
  expect((await rig.cpm('diff thumb@1.0.0')).stderr).toContain('did you mean thumbs?')
})

test('an author compares the folder with the last published version, as it would be packed', async () => {
  await using rig = await rigWithVersions()
  const folder = rig.package('thumbs@1.2.0', { files: { 'new.txt': 'newer\n', '.cpmignore': 'kept\n', kept: 'no' } })
  const { json, stderr } = await rig.cpm('diff . --json', { cwd: folder })
  expect(json.data, stderr).toMatchObject({
    before: { version: '1.1.0', from: 'registry' },
    after: { version: '1.2.0', from: 'folder', signers: null },
  })
  const { files, workflows } = json.data as Diff
  expect([...files.added, ...files.changed].map(({ key }) => key)).not.toContain('kept')
  expect(workflows).toMatchObject([{ file: 'workflows/main.yaml', after: null }])
  expect((await rig.cpm('diff thumbs@1.0.0 .', { cwd: folder })).stdout).toContain('thumbs@1.2.0 (folder)')
})

test('a workflow that includes from other packages is rendered with them', async () => {
  await using rig = await Rig.create()
  await rig.publish(['lib@1.0.0', { files: { 'workflows/_part.yaml': '- nodename: a\n  funcname: f\n  conditions: { executortype: x }\n' } }]) // prettier-ignore
  const files = { 'workflows/main.yaml': 'kind: Workflow\nfunctions:\n  - $include: lib:_part.yaml\n' } // prettier-ignore
  await rig.publish(['user@1.0.0', { dependencies: { lib: '*' }, files }], 'user@2.0.0')
  const { workflows } = (await rig.cpm('diff user@1.0.0 user@2.0.0 --json')).json.data as Diff
  expect(workflows).toMatchObject([{ file: 'workflows/main.yaml', before: { text: expect.stringContaining('funcname: f') as string }, after: null }]) // prettier-ignore
})

test('an archive that differs from what was signed is not compared', async () => {
  await using rig = await rigWithVersions()
  const archive = rig.files(rig.registry).find((file) => /thumbs.*1\.1\.0.*\.cpm$/.test(file))
  const file = path.join(rig.registry, archive ?? '')
  const bytes = fs.readFileSync(file)
  bytes.writeUInt8((bytes.at(-20) ?? 0) ^ 1, bytes.length - 20)
  fs.chmodSync(file, 0o644)
  fs.writeFileSync(file, bytes)
  const { code, stdout, stderr } = await rig.cpm('diff thumbs@1.0.0 thumbs@1.1.0')
  expect(stderr).toContain('DIGEST_MISMATCH')
  expect([code, stdout]).toEqual([5, ''])
})

test("nothing that a package says can change the terminal, or imitate a line of cpm's output", () => {
  const side = { name: 'a', version: '1.0.0', from: 'registry', tree: '', files: 1, size: 1, signers: [], owners: [] }
  const hostile = '\u001b]0;x\u0007\n+ fake: line\u202e'
  const values = { added: [{ key: hostile, after: hostile }], removed: [], changed: [] }
  const facts = { size: 1, executable: false }
  const files = {
    added: [{ key: hostile, after: facts }],
    removed: [],
    changed: [{ key: 'b', before: facts, after: facts, patch: { lines: [`+${hostile}`] } }],
  }
  const workflows = [{ file: hostile, before: { problem: hostile }, after: null, patch: null }]
  const diff = { before: side, after: side, same: false, manifest: values, dependencies: values, inputs: values }
  const text = renderDiff({ ...diff, files, workflows } as unknown as Diff, (_, plain) => plain)
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
  expect(text.split('\n').filter((line) => line.startsWith('+ fake'))).toEqual([])
})

test('texts that would take long to compare are not', () => {
  const lines = (word: string) => Array.from({ length: 9000 }, (_, index) => `${word} ${index}\n`).join('')
  expect(textChanges(lines('a'), lines('b'))).toBeUndefined()
  expect(textChanges('x'.repeat(300_000), 'y')).toBeUndefined()
  expect(textChanges('a\n', 'b')).toEqual(['@@ -1,1 +1,1 @@', '-a', '+b', '\\ No newline at end of file'])
})
