import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { CpmError } from '../../../src/core/errors.ts'
import { ownIdentity, type ProcessIdentity } from '../../../src/core/process-identity.ts'
import { settleAbandoned } from '../../../src/engines/local/other-process.ts'
import { type RunRecord, RunRecords } from '../../../src/engines/runs/run-records.ts'
import { waitingNodes } from '../../../src/engines/runs/snapshot.ts'
import { WorkflowSpec } from '../../../src/workflow/specs/spec.ts'
import { TemporaryFolder } from '../../workflow/rig.ts'

/** Reads a run with a running and a waiting node whose record names this process. */
function settled(process: ProcessIdentity, Records = RunRecords, silentFor = 0) {
  using folder = new TemporaryFolder()
  const records = new Records(folder.path)
  const node = (nodename: string) => ({ nodename, funcname: 'f', conditions: { executortype: 'x' } })
  const spec = WorkflowSpec.parse({ kind: 'Workflow', functions: [node('a'), node('b')] })
  const nodes = waitingNodes(spec).map((one, index) => ({
    ...one,
    dependencies: [...one.dependencies],
    ...(index === 0 && { state: 'running' as const }),
  }))
  const time = new Date().toISOString()
  const source = { root: folder.path }
  records.create({ schemaVersion: 1, run: 'r1', engine: 'local', package: { name: 'p', version: '1.0.0' }, workflow: 'w', state: 'running', submittedAt: time, source, local: { process: { ...process } }, nodes }, spec) // prettier-ignore
  const file = path.join(folder.path, 'r1/run.json')
  const then = new Date(Date.now() - silentFor)
  fs.utimesSync(file, then, then)
  const record = settleAbandoned(records, 'r1')
  const written: unknown = JSON.parse(fs.readFileSync(file, 'utf8'))
  if (silentFor > 0) expect(written).toMatchObject({ state: 'running' })
  else if (Records === RunRecords) expect(written).toEqual(record)
  return `${record.state}: ${record.nodes.map(({ state }) => state).join()}`
}

test("reports the end of a run even if it can't be recorded, for example because the disk is full", () => {
  class FullDisk extends RunRecords {
    override write(record: RunRecord, options = {}): void {
      if (record.state !== 'running') throw new CpmError('DISK_FULL', 'no room')
      super.write(record, options)
    }
  }
  expect(settled({ ...ownIdentity(), pid: 2 ** 22 + 1 }, FullDisk)).toBe('failed: failed,cancelled')
})

test('a run whose process is alive continues', () => {
  expect(settled(ownIdentity())).toBe('running: running,waiting')
})

test('a run on another machine is not changed', () => {
  expect(settled({ ...ownIdentity(), pid: 2 ** 22 + 1, machine: 'elsewhere' })).toBe('running: running,waiting')
})

test('a run on another machine without a sign of life is shown as failed, and its record is not changed', () => {
  const elsewhere = { ...ownIdentity(), machine: 'elsewhere' }
  expect(settled(elsewhere, RunRecords, 10 * 60_000)).toBe('failed: failed,cancelled')
})

test('a run whose process has ended has failed', () => {
  expect(settled({ ...ownIdentity(), pid: 2 ** 22 + 1 })).toBe('failed: failed,cancelled')
})

test.runIf(process.platform === 'linux')('a run whose process id was reused has failed', () => {
  expect(settled({ ...ownIdentity(), startedAt: '1' })).toBe('failed: failed,cancelled')
})
