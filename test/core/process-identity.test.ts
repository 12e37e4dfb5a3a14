import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { expect, test } from 'vitest'
import { fateOf, hasEnded, ownIdentity } from '../../src/core/process-identity.ts'

test('this process is alive, and an earlier one with the same pid has ended', () => {
  expect(hasEnded(ownIdentity())).toBe(false)
  if (process.platform === 'linux') expect(hasEnded({ ...ownIdentity(), startedAt: '1' })).toBe(true)
})

test.runIf(process.platform === 'linux')(
  'a killed process has ended, even if its stopped parent has not waited for it',
  async () => {
    const parent = spawn('sh', ['-c', 'sleep 1000 & echo $!; wait'], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const [line] = (await once(parent.stdout, 'data')) as [Buffer]
      const child = { ...ownIdentity(), pid: Number(line.toString()), startedAt: null }
      expect(hasEnded(child)).toBe(false)
      parent.kill('SIGSTOP')
      await stateOf(parent.pid ?? 0, 'T')
      process.kill(child.pid, 'SIGKILL')
      await stateOf(child.pid, 'Z')
      expect(hasEnded(child)).toBe(true)
    } finally {
      parent.kill('SIGKILL')
    }
  },
)

test('the fate of a process in another container or from another boot is unknown', () => {
  const { machine: _, ...ofOldVersion } = ownIdentity()
  for (const identity of [{ ...ownIdentity(), machine: '00000000' }, ofOldVersion]) {
    expect(fateOf(identity)).toBe('unknown')
    expect(fateOf({ ...identity, pid: 2 ** 22 + 1 })).toBe('unknown')
  }
})

async function stateOf(pid: number, state: string): Promise<void> {
  await expect.poll(() => / ([A-Z]) /.exec(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]).toBe(state)
}
