import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { type RunRecord, RunRecords } from '../../../src/engines/runs/run-records.ts'
import { WorkflowSpec } from '../../../src/workflow/specs/spec.ts'
import { errorOf, TemporaryFolder } from '../../workflow/rig.ts'

const SPEC = WorkflowSpec.parse({
  kind: 'Workflow',
  functions: [{ nodename: 'a', funcname: 'f', conditions: { executortype: 'x' } }],
})

function record(run: string, submittedAt = '2026-03-14T10:00:00.000Z'): RunRecord {
  return {
    schemaVersion: 1,
    run,
    engine: 'local',
    package: { name: 'sample', version: '1.0.0' },
    workflow: 'workflows/main.yaml',
    state: 'successful',
    submittedAt,
    source: { root: '/somewhere' },
    local: { process: { pid: 1, host: 'here', startedAt: null } },
    nodes: [{ nodename: 'a', funcname: 'f', executortype: 'x', dependencies: [], state: 'successful' }],
  }
}

test('keeps a record and its workflow, readable only by their owner', () => {
  using folder = new TemporaryFolder()
  const records = new RunRecords(path.join(folder.path, 'runs'))
  records.create(record('r1'), SPEC)
  expect(records.read('r1')).toEqual(record('r1'))
  expect(records.spec('r1')).toEqual(SPEC)
  for (const file of folder.files()) expect(fs.statSync(file).mode & 0o777).toBe(0o600)
  expect(() => {
    records.create(record('r1'), SPEC)
  }).toThrow('the run r1 already exists')
})

test('finds the newest run, and a run by the beginning of its id', async () => {
  using folder = new TemporaryFolder()
  const records = new RunRecords(folder.path)
  expect((await errorOf(() => records.find())).code).toBe('RUN_NOT_FOUND')
  records.create(record('abc', '2026-03-14T10:00:02.000Z'), SPEC)
  records.create(record('abd', '2026-03-14T10:00:03.000+00:00'), SPEC)
  records.create(record('b', '2026-03-14T12:00:01.000+02:00'), SPEC)
  expect(records.list().records.map(({ run }) => run)).toEqual(['abd', 'abc', 'b'])
  expect(records.find().run).toBe('abd')
  expect(records.find('abc').run).toBe('abc')
  expect((await errorOf(() => records.find('ab'))).message).toBe('2 runs start with ab: abc, abd')
  expect((await errorOf(() => records.find('x'))).code).toBe('RUN_NOT_FOUND')
  records.remove('abd')
  expect(records.find('ab').run).toBe('abc')
  for (const last of '12345') records.create(record(`abx${last}`), SPEC)
  const { message } = await errorOf(() => records.find('ab'))
  expect(message).toBe('6 runs start with ab, the newest are abx1, abx2, abx3, abx4, abx5')
})

test('an id never leads out of the folder of runs', async () => {
  using folder = new TemporaryFolder()
  folder.write({ 'secret/run.json': JSON.stringify(record('secret')) })
  const records = new RunRecords(path.join(folder.path, 'runs'))
  for (const run of ['../secret', '..', '.', '', 'a/b', '/etc', 'a\\b', 'a\0', '-rf', 'x'.repeat(200)]) {
    expect((await errorOf(() => records.read(run))).code, run).toBe('USAGE')
    expect((await errorOf(() => { records.remove(run) })).code, run).toBe('USAGE') // prettier-ignore
    expect((await errorOf(() => records.find(run))).code, run).toBe('RUN_NOT_FOUND')
  }
  expect(folder.files()).toHaveLength(1)
})

test.each([
  ['is not JSON', '{"run":', 'it is not JSON'],
  ['is not a record', '[]', 'must be a map'],
  ['is the record of another run', JSON.stringify(record('r2')), 'it is the record of r2'],
  [
    'has a node whose name leads out of its folder',
    JSON.stringify(record('r1')).replace('"nodename":"a"', '"nodename":"../../a"'),
    'nodes.0.nodename',
  ],
  ['has an unknown field', JSON.stringify({ ...record('r1'), more: 1 }), 'more'],
  [
    'does not show where it ran',
    JSON.stringify({ ...record('r1'), local: undefined }),
    "it doesn't say where the run was",
  ],
  [
    'names a secret outside its folder',
    JSON.stringify({
      ...record('r1'),
      local: {
        ...record('r1').local,
        secrets: { run: 'r0', files: [{ name: 'a', reference: 'env:A', file: '../../.bashrc', mark: '' }] },
      },
    }),
    'local.secrets.files.0.file',
  ],
])('a record that %s is reported without hiding the others', async (_title, text, reason) => {
  using folder = new TemporaryFolder()
  folder.write({ 'r1/run.json': text, 'no-run/input.json': '{}' })
  const records = new RunRecords(folder.path)
  records.create(record('good'), SPEC)
  const error = await errorOf(() => records.read('r1'))
  expect(error.code).toBe('RUN_INVALID')
  expect(error.message).toContain(path.join(folder.path, 'r1/run.json'))
  expect(error.message).toContain(reason)
  expect(records.list()).toMatchObject({ records: [{ run: 'good' }], damaged: [{ run: 'r1' }] })
  expect(records.find().run).toBe('good')
})

test('a record that is not UTF-8 is refused, with its place', async () => {
  using folder = new TemporaryFolder()
  const records = new RunRecords(folder.path)
  records.create(record('r1'), SPEC)
  for (const file of ['run.json', 'run.spec.json']) {
    const place = path.join(folder.path, 'r1', file)
    fs.writeFileSync(place, Buffer.concat([Buffer.from('{\n  "a": "'), Buffer.from([0xc3]), Buffer.from('"}')]))
    expect(await errorOf(() => (file === 'run.json' ? records.read('r1') : records.spec('r1')))).toMatchObject({
      code: 'RUN_INVALID',
      message: `the record ${place} can't be read: 2:9 invalid UTF-8: save the text as UTF-8`,
    })
  }
})

test('a symbolic link in place of a record is not followed', async () => {
  using folder = new TemporaryFolder()
  folder.write({ 'elsewhere.json': JSON.stringify(record('r1')) })
  fs.mkdirSync(path.join(folder.path, 'r1'))
  fs.symlinkSync('../elsewhere.json', path.join(folder.path, 'r1/run.json'))
  expect((await errorOf(() => new RunRecords(folder.path).read('r1'))).code).toBe('FILE_UNREADABLE')
})
