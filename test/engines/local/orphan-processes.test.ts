import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { expect, test } from 'vitest'
import { endLeftovers } from '../../../src/engines/local/orphan-processes.ts'
import { TemporaryFolder } from '../../workflow/rig.ts'

test.runIf(process.platform === 'linux')('ends the processes that a run left, and none of other runs', async () => {
  using folder = new TemporaryFolder()
  const start = (run: string) =>
    spawn('sleep', ['60'], {
      env: { PATH: process.env.PATH, CPM_OUTPUT: path.join(folder.path, run, 'a/output.json') },
    })
  const children = ['r1', 'r10', 'r2'].map(start)
  try {
    await Promise.all(children.map((child) => once(child, 'spawn')))
    const ended = once(children[0] ?? process, 'exit')
    endLeftovers(path.join(folder.path, 'r1'))
    expect(await ended).toEqual([null, 'SIGKILL'])
    // These are ended later, so that they would have ended before if they had been hit.
    endLeftovers(path.join(folder.path, 'r1'))
    expect(children.slice(1).every(({ exitCode, signalCode }) => exitCode === null && signalCode === null)).toBe(true)
    for (const child of children.slice(1)) expect(child.kill()).toBe(true)
    expect(await Promise.all(children.slice(1).map((child) => once(child, 'exit')))).toEqual([[null, 'SIGTERM'], [null, 'SIGTERM']]) // prettier-ignore
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
})
