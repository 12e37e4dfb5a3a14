/**
 * A process that uses locks, for locks.test.ts. Prints `ready`, waits for a line on stdin, and then follows its
 * arguments: `hold FILE` takes and keeps the lock, and prints `held`; `increment FILE COUNTER TIMES` adds one under the
 * lock, that many times for each line, and prints `added`.
 */
import fs from 'node:fs'
import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { withLock } from '../../src/core/locks.ts'

const [, , what = '', file = '', counter = '', times = '0'] = process.argv
const options = { subject: 'the test', timeout: 60_000, emit: () => undefined }

process.stdout.write('ready\n')
if (what === 'hold') {
  await once(process.stdin, 'data')
  await withLock(file, options, async () => {
    process.stdout.write('held\n')
    await once(process.stdin, 'end')
  })
} else {
  for await (const _ of process.stdin) {
    for (let i = 0; i < Number(times); i++) await withLock(file, options, addOne)
    process.stdout.write('added\n')
  }
}

async function addOne(): Promise<void> {
  const value = Number(fs.readFileSync(counter, 'utf8'))
  // Time for another to come in between, if it can.
  for (let turns = 0; turns < 20; turns++) await turn()
  fs.writeFileSync(counter, String(value + 1))
}
