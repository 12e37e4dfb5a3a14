import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { withLock, withLocks } from '../../src/core/locks.ts'
import type { CpmEvent } from '../../src/schema/events.ts'

const USER = path.resolve(import.meta.dirname, 'lock-user.ts')

let folder: string
let file: string
let processes: ChildProcess[]
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-locks-'))
  file = path.join(folder, 'thing')
  processes = []
})
afterEach(async () => {
  for (const child of processes) if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit')
  fs.rmSync(folder, { recursive: true, force: true })
})

function options(timeout: number, events: CpmEvent[] = []) {
  return { subject: 'the thing', timeout, emit: (event: CpmEvent) => void events.push(event) }
}

/** Starts another process that is ready to use the lock once it is told to go. */
async function user(...args: string[]) {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), USER, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  processes.push(child)
  await once(child.stdout, 'data')
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  return { child, ended, go: () => void child.stdin.write('go\n'), says: () => once(child.stdout, 'data') }
}

/** Another process that holds the lock. */
async function holder() {
  const other = await user('hold', file)
  const held = other.says()
  other.go()
  await held
  return other
}

/** What a lock's link says (docs/formats.md, "Home, store and project"); by default of a process that is no more. */
function lockText({ pid = 2 ** 22 + 1, host = os.hostname() }: { pid?: number; host?: string }): string {
  const mark = createHash('sha256').update(host).digest('hex').slice(0, 8)
  return `${mark}-${pid}-1-0@${host}:cpm dead`
}

const nothing = () => Promise.resolve('done')
const remains = () => fs.readdirSync(folder).filter((name) => name !== 'counter')

describe('a lock', () => {
  test('is held by one at a time, and gives back what the work gave', async () => {
    const order: string[] = []
    const work = (name: string) => async () => {
      order.push(`${name} in`)
      await new Promise((resolve) => setImmediate(resolve))
      order.push(`${name} out`)
      return name
    }
    const results = await Promise.all(['a', 'b', 'c'].map((name) => withLock(file, options(10_000), work(name))))
    expect(results).toEqual(['a', 'b', 'c'])
    for (let i = 0; i < order.length; i += 2) expect(order[i + 1]).toBe(order[i]?.replace('in', 'out'))
    expect(remains()).toEqual([])
  })

  test('is given back when the work fails', async () => {
    await expect(withLock(file, options(1000), () => Promise.reject(new Error('work')))).rejects.toThrow('work')
    expect(remains()).toEqual([])
    await expect(withLock(file, options(0), nothing)).resolves.toBe('done')
  })

  test('names its holder while it is held, without the values of its arguments', async () => {
    const { child } = await holder()
    const target = fs.readlinkSync(`${file}.lock`)
    expect(target).toMatch(new RegExp(`^[0-9a-f]{8}-${child.pid}-`))
    expect(target.slice(target.indexOf('@'))).toBe(`@${os.hostname()}:cpm hold`)
  })

  test('several are taken together, or none', async () => {
    const [a, b] = [path.join(folder, 'a'), path.join(folder, 'b')]
    await withLocks([b, a], options(1000), () => {
      expect(remains()).toEqual(['a.lock', 'b.lock'])
      return nothing()
    })
    await withLock(b, options(1000), async () => {
      await expect(withLocks([b, a], options(0), nothing)).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' })
      expect(remains()).toEqual(['b.lock'])
    })
    expect(remains()).toEqual([])
  })

  test('G04 is waited for, and who is waited for is said', async () => {
    const other = await holder()
    const events: CpmEvent[] = []
    const ours = withLock(file, options(30_000, events), nothing)
    await expect.poll(() => events.length, { timeout: 20_000 }).toBe(1)
    expect(events[0]).toMatchObject({ type: 'lock-waiting', subject: 'the thing' })
    other.child.stdin.end()
    expect(await ours).toBe('done')
  })

  test('G04 is given up after the time-out, with the holder named', async () => {
    const { child } = await holder()
    const failure = withLock(file, options(50), nothing)
    await expect(failure).rejects.toMatchObject({
      code: 'LOCK_TIMEOUT',
      exitCode: 9,
      message: `the thing is locked by process ${child.pid} on ${os.hostname()} (cpm hold), waited 0.05 s`,
    })
  })

  test('G04 is not taken from a holder on another host, nor from one who did not say who it is', async () => {
    for (const target of [lockText({ host: 'elsewhere.invalid' }), 'nobody', '-', `${'0'.repeat(8)}-1-1-0`]) {
      fs.rmSync(`${file}.lock`, { force: true })
      fs.symlinkSync(target, `${file}.lock`)
      await expect(withLock(file, options(30), nothing), target).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' })
      expect(fs.readlinkSync(`${file}.lock`)).toBe(target)
    }
  })
})

describe('a holder that died', () => {
  test('G04 is replaced at once on the same host', async () => {
    const { child, ended } = await holder()
    child.kill('SIGKILL')
    await ended
    expect(remains()).toEqual(['thing.lock'])
    // Far less than the time after which an untouched lock is stale.
    await expect(withLock(file, options(3000), nothing)).resolves.toBe('done')
    expect(remains()).toEqual([])
  })

  test.skipIf(process.platform !== 'linux')(
    'G04 is recognised though its pid was given to another process',
    async () => {
      fs.symlinkSync(lockText({ pid: process.pid }), `${file}.lock`)
      await expect(withLock(file, options(3000), nothing)).resolves.toBe('done')
    },
  )

  test('G04 is replaced also where the one that was replacing it died too', async () => {
    fs.symlinkSync(lockText({}), `${file}.lock`)
    fs.symlinkSync(lockText({}), `${file}.lock.break`)
    await expect(withLock(file, options(3000), nothing)).resolves.toBe('done')
    expect(remains()).toEqual([])
  })
})

describe('many processes', () => {
  const count = 8
  const times = 10

  /** The counter after `count` processes added one `times` times each, and how they ended. */
  async function race(prepare: () => void): Promise<{ counter: number; codes: (number | null)[] }> {
    const counter = path.join(folder, 'counter')
    fs.writeFileSync(counter, '0')
    const users = await Promise.all(
      Array.from({ length: count }, () => user('increment', file, counter, String(times))),
    )
    prepare()
    for (const { go } of users) go()
    const codes = await Promise.all(users.map(({ ended }) => ended))
    return { counter: Number(fs.readFileSync(counter, 'utf8')), codes }
  }

  const fine = { counter: count * times, codes: Array<number>(count).fill(0) }

  test('G03 lose no update', async () => {
    expect(await race(() => undefined)).toEqual(fine)
    expect(remains()).toEqual([])
  })

  /** What a process that was killed leaves, `age` seconds ago. */
  function leave(age: number): void {
    fs.symlinkSync(lockText({}), `${file}.lock`)
    const then = Date.now() / 1000 - age
    fs.lutimesSync(`${file}.lock`, then, then)
  }

  test('G03 lose no update after a holder died just now', async () => {
    expect(
      await race(() => {
        leave(0)
      }),
    ).toEqual(fine)
  })

  test('G03 lose no update after a holder died an hour ago', async () => {
    for (let round = 0; round < 3; round++) {
      expect(
        await race(() => {
          leave(3600)
        }),
      ).toEqual(fine)
    }
  })
})
