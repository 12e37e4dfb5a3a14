import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FakeColony } from '../rig/colony.ts'
import { Rig } from '../rig/rig.ts'
import { TestS3 } from '../rig/s3.ts'

const EXAMPLE = path.resolve(import.meta.dirname, '../../examples/wordcount')

let rig: Rig
let colony: FakeColony
let s3: TestS3
let project: string
beforeAll(async () => {
  rig = await Rig.create()
  colony = await FakeColony.start()
  s3 = await TestS3.start()
  const published = await rig.cpm(['publish', EXAMPLE])
  if (published.code !== 0) throw new Error(published.stderr)
  project = rig.project()
  await rig.cpm('install wordcount', { cwd: project })
})
afterAll(async () => {
  await s3[Symbol.asyncDispose]()
  await colony[Symbol.asyncDispose]()
  await rig[Symbol.asyncDispose]()
})

const submit = (args = '', env: Record<string, string> = {}) =>
  rig.cpm(`submit wordcount ${args}`, { cwd: project, env: { ...colony.env, ...s3.env, ...env } })

/** Checks that no S3 key is in the output, in a request to the colony, or in a file. */
function expectNoKey(said: string[]): void {
  const files = rig
    .files(rig.root)
    .filter((file) => !file.startsWith('outside') && fs.statSync(rig.path(file)).isFile())
  const bodies = colony.bodies.map((body) => Buffer.from((JSON.parse(body) as { payload: string }).payload, 'base64'))
  for (const text of [...said, ...files.map((file) => rig.read(file)), ...bodies.map(String)])
    expect(text).not.toMatch(/S3RVER|a-very-secret-key/)
}

let label: string

test('a package is shown, uploaded, and submitted with a reference to its snapshot, and not uploaded twice', async () => {
  const dry = await submit('--dry-run --json')
  expect(dry.json.data).toMatchObject({
    dryRun: true,
    uploads: [{ package: 'wordcount', version: '1.0.0', files: 9, s3: `http://${s3.endpoint}/colony` }],
  })
  expect([colony.requests, s3.requests]).toEqual([[], []])

  const first = await submit()
  expect([first.code, first.stdout]).toEqual([0, expect.stringContaining('submitted wordcount@1.0.0') as string])
  expect(first.stderr).toContain('uploaded 9 of 9 files of wordcount@1.0.0')
  expect(first.stderr).toContain('ColonyFS does not keep file modes: bin/container.mjs of wordcount@1.0.0 will not be executable there') // prettier-ignore
  const [snapshot] = colony.fs.snapshots
  label = snapshot?.label ?? ''
  const sent = [...colony.state.processes.values()].map(
    ({ spec }) => spec as unknown as { fs: unknown; kwargs: unknown },
  )
  expect(sent).toHaveLength(2)
  expect(sent[0]).toMatchObject({
    kwargs: { args: ['/cfs/cpm/{processid}/wordcount/bin/count.mjs', '/cfs/cpm/{processid}/wordcount/data/harbour.txt'] }, // prettier-ignore
    fs: {
      mount: '/cfs',
      snapshots: [{ snapshotid: snapshot?.snapshotid, dir: '/cpm/{processid}', keepsnapshot: true }],
    },
  })

  // The second time with a context and its key file, which take precedence over the environment.
  const [keyFile, s3Key] = [rig.path('outside', 'key'), rig.path('outside', 's3-key')]
  fs.mkdirSync(rig.path('outside'))
  fs.writeFileSync(keyFile, colony.user.key, { mode: 0o600 })
  fs.writeFileSync(s3Key, 'S3RVER\nS3RVER\n', { mode: 0o644 })
  const context = ['--server', colony.url.href, '--colony', 'dev', '--key-file', keyFile]
  const add = ['context', 'add', 'lab', ...context, '--s3', `http://${s3.endpoint}/colony`, '--s3-key-file', s3Key]
  const open = await rig.cpm(add)
  expect([open.code, open.stderr]).toEqual([4, expect.stringContaining('CREDENTIALS_UNSAFE') as string])
  fs.chmodSync(s3Key, 0o600)
  expect((await rig.cpm(add)).code).toBe(0)
  const puts = s3.puts
  const second = await submit('--json --debug --context lab', { AWS_S3_ENDPOINT: '127.0.0.1:1' })
  expect(second.json.success).toBe(true)
  expect([s3.puts, colony.fs.snapshots.length, colony.state.graphs.size]).toEqual([puts, 1, 2])
  expectNoKey([dry, first, second].flatMap(({ stdout, stderr }) => [stdout, stderr]))
})

test('nothing is submitted without S3, with modified files, or over other contents', async () => {
  const before = colony.state.graphs.size
  const none = await submit('--json', { AWS_S3_ENDPOINT: '' })
  expect([none.code, none.json.error?.code]).toEqual([2, 'S3_NOT_CHOSEN'])
  colony.fs.clear()
  s3.clear()
  const denied = await submit('--json --debug', { AWS_S3_SECRETKEY: 'a-very-secret-key' })
  expect([denied.code, denied.json.error?.code, colony.fs.files]).toEqual([4, 'S3_DENIED', []])
  expectNoKey([denied.stdout, denied.stderr])
  colony.fs.add({ colonyname: 'dev', label, name: 'evil.mjs', size: 1, checksum: '', checksumalg: '', ref: { protocol: 's3', s3object: {} } }) // prettier-ignore
  const mixed = await submit('--json')
  expect([mixed.code, mixed.json.error?.code]).toEqual([5, 'COLONYFS_MISMATCH'])
  colony.fs.clear()
  const installed = fs.realpathSync(path.join(project, 'colony_packages/wordcount/bin/count.mjs'))
  fs.chmodSync(installed, 0o644)
  fs.writeFileSync(installed, 'evil')
  const damaged = await submit('--json')
  expect([damaged.code, damaged.json.error?.code, colony.fs.files]).toEqual([5, 'PACKAGE_DAMAGED', []])
  expect(colony.state.graphs.size).toBe(before)
})
