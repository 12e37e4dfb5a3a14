import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { LockFile } from '../../src/core/lock-file.ts'
import { nameIn } from '../../src/core/lock-mark.ts'
import { withLock, withLocks } from '../../src/core/locks.ts'
import { nameAfterProcess, ownIdentity } from '../../src/core/process-identity.ts'
import type { CpmEvent } from '../../src/schema/events.ts'

const USER = path.resolve(import.meta.dirname, 'lock-user.ts')
const NO_LINKS = path.resolve(import.meta.dirname, '../faults/no-links.mjs')

let folder: string
let file: string
let processes: ChildProcess[]
/** on a file system without links, a lock is a folder */
let withoutLinks: boolean
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-locks-'))
  file = path.join(folder, 'thing')
  processes = []
  withoutLinks = false
})
afterEach(async () => {
  for (const child of processes) if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit')
  fs.rmSync(folder, { recursive: true, force: true })
})

function options(timeout: number, events: CpmEvent[] = [], staleAfter = 15_000) {
  return { staleAfter, subject: 'the thing', timeout, emit: (event: CpmEvent) => void events.push(event) }
}

/** Starts another process that uses the lock when it receives "go". */
async function user(...args: string[]) {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), USER, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...(withoutLinks && { NODE_OPTIONS: `--import ${NO_LINKS}`, NO_LINKS_BELOW: folder }) },
  })
  processes.push(child)
  await once(child.stdout, 'data')
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  return { child, ended, go: () => void child.stdin.write('go\n'), says: () => once(child.stdout, 'data') }
}

/** Starts another process that holds the lock. */
async function holder() {
  const other = await user('hold', file)
  const held = other.says()
  other.go()
  await held
  return other
}

/**
 * Returns the target of a lock's link (docs/formats.md, "Home, store and project"); by default for an ended process.
 */
function lockText({ pid = 2 ** 22 + 1, machine = ownIdentity().machine ?? '' } = {}): string {
  return `${machine}-${pid}-1-0@${os.hostname()}:cpm dead`
}

const nothing = () => Promise.resolve('done')
const remains = () => fs.readdirSync(folder).filter((name) => name !== 'counter')

describe('a lock', () => {
  test('has one holder at a time, and returns the result of the work', async () => {
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

  test('is released when the work fails', async () => {
    await expect(withLock(file, options(1000), () => Promise.reject(new Error('work')))).rejects.toThrow('work')
    expect(remains()).toEqual([])
    await expect(withLock(file, options(0), nothing)).resolves.toBe('done')
  })

  test("names its holder, but not the holder's arguments", async () => {
    const { child } = await holder()
    const target = fs.readlinkSync(`${file}.lock`)
    expect(target).toMatch(new RegExp(`^[0-9a-f]{8}-${child.pid}-`))
    expect(target.slice(target.indexOf('@'))).toBe(`@${os.hostname()}:cpm hold`)
  })

  test('is taken together with others, or not at all', async () => {
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

  test('G04 is waited for, with an event that names its holder', async () => {
    const other = await holder()
    const events: CpmEvent[] = []
    const ours = withLock(file, options(30_000, events), nothing)
    await expect.poll(() => events.length, { timeout: 20_000 }).toBe(1)
    expect(events[0]).toMatchObject({ type: 'lock-waiting', subject: 'the thing' })
    other.child.stdin.end()
    expect(await ours).toBe('done')
  })

  test('G04 fails after the timeout, and names the holder', async () => {
    const { child } = await holder()
    const failure = withLock(file, options(50), nothing)
    await expect(failure).rejects.toMatchObject({
      code: 'LOCK_TIMEOUT',
      exitCode: 9,
      message: `the thing is locked by process ${child.pid} on ${os.hostname()} (cpm hold); waited 0.05 s`,
    })
  })

  test('G04 is not taken from a holder on another machine, in another container, or without a name', async () => {
    for (const target of [lockText({ machine: '0'.repeat(8) }), 'nobody', '-', `${'0'.repeat(8)}-1-1-0`]) {
      fs.rmSync(`${file}.lock`, { force: true })
      fs.symlinkSync(target, `${file}.lock`)
      await expect(withLock(file, options(30), nothing), target).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' })
      expect(fs.readlinkSync(`${file}.lock`)).toBe(target)
    }
  })
})

describe('the lock of an unknown process', () => {
  const foreign = lockText({ machine: '0'.repeat(8) })
  const impatient = options(2500, [], 1000)

  test.for([
    ['a jump of the clock', new Date(0)],
    ['a clock that is ahead', new Date(Date.now() + 10 ** 9)],
  ] as const)('is not taken while its holder touches it, after %s', async ([, start]) => {
    fs.symlinkSync(foreign, `${file}.lock`)
    let time = start.getTime() / 1000
    const touch = () => {
      fs.lutimesSync(`${file}.lock`, time, time++)
    }
    touch()
    const heart = setInterval(touch, 300)
    try {
      await expect(withLock(file, impatient, nothing)).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' })
      expect(fs.readlinkSync(`${file}.lock`)).toBe(foreign)
    } finally {
      clearInterval(heart)
    }
  })

  test.for([
    [
      'a link',
      (at: string) => {
        fs.symlinkSync(foreign, at)
      },
    ],
    [
      'a link without a process name',
      (at: string) => {
        fs.symlinkSync('nobody', at)
      },
    ],
    [
      'an empty folder',
      (at: string) => {
        fs.mkdirSync(at)
      },
    ],
    [
      'a copy of a link as a plain file',
      (at: string) => {
        fs.writeFileSync(at, `${foreign}\n`)
      },
    ],
  ] as const)('is taken once it is no longer touched: %s', async ([, make]) => {
    make(`${file}.lock`)
    await expect(withLock(file, impatient, nothing)).resolves.toBe('done')
    expect(remains()).toEqual([])
  })
})

test.for([
  [
    'a file that cpm did not make',
    (at: string) => {
      fs.writeFileSync(at, 'notes')
    },
  ],
  [
    'a file that cpm did not make',
    (at: string) => {
      fs.writeFileSync(at, '')
    },
  ],
  ['a folder that is not empty', (at: string) => fs.mkdirSync(path.join(at, 'x'), { recursive: true })],
  ['a named pipe', (at: string) => execFileSync('mkfifo', [at])],
] as const)('reports what is in the place of a lock: %s', async ([what, make]) => {
  for (const at of [`${file}.lock`, `${file}.lock.break`]) {
    if (at.endsWith('.break')) fs.symlinkSync(lockText(), `${file}.lock`)
    make(at)
    await expect(withLock(file, options(1000), nothing)).rejects.toMatchObject({
      code: 'LOCK_BLOCKED',
      message: `${at} is ${what}, in the place of a lock`,
    })
    fs.rmSync(at, { recursive: true })
  }
})

test('a process that lost its lock notices, and leaves it to the new holder', async () => {
  const other = lockText({ machine: '0'.repeat(8) })
  const work = (requireHeld: () => void) => {
    requireHeld()
    fs.unlinkSync(`${file}.lock`)
    fs.symlinkSync(other, `${file}.lock`)
    requireHeld()
    return nothing()
  }
  await expect(withLock(file, options(1000), work)).rejects.toMatchObject({ code: 'LOCK_LOST' })
  expect(fs.readlinkSync(`${file}.lock`)).toBe(other)
})

/** Containers with the same host name; only root can create them. */
const canUnshare = spawnSync('unshare', ['-pf', '--mount-proc', 'true']).status === 0

describe.runIf(canUnshare)('two containers with the same host name', () => {
  test("G04 don't take each other's lock while it is held", { timeout: 40_000 }, async () => {
    const other = spawn(
      'unshare',
      [
        '-pf',
        '--kill-child',
        '--mount-proc',
        process.execPath,
        '--import',
        import.meta.resolve('tsx'),
        USER,
        'hold',
        file,
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    )
    processes.push(other)
    await once(other.stdout, 'data')
    other.stdin.write('go\n')
    await once(other.stdout, 'data')
    const held = fs.readlinkSync(`${file}.lock`)
    expect(held).toContain(`@${os.hostname()}:`)
    await expect(withLock(file, options(8_000, [], 7_000), nothing)).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' })
    expect(fs.readlinkSync(`${file}.lock`)).toBe(held)
    other.stdin.end()
    await expect(withLock(file, options(10_000), nothing)).resolves.toBe('done')
  })

  test("don't know whether each other's processes have ended", () => {
    const script = `import { fateOfMaker } from ${JSON.stringify(path.resolve(USER, '../../../src/core/process-identity.ts'))}; console.log(fateOfMaker(process.argv[1]))`
    const ask = (prefix: string[], name: string) => {
      const words = [
        ...prefix,
        process.execPath,
        '--import',
        import.meta.resolve('tsx'),
        '--input-type=module',
        '-e',
        script,
        name,
      ]
      const { stdout, stderr } = spawnSync(words[0] ?? '', words.slice(1), { encoding: 'utf8' })
      return stdout.trim() || stderr
    }
    const [living, ended] = [nameAfterProcess('0'), lockText().split('@')[0] ?? '']
    expect([ask([], living), ask([], ended)]).toEqual(['living', 'ended'])
    const container = ['unshare', '-pf', '--mount-proc']
    expect([ask(container, living), ask(container, ended)]).toEqual(['unknown', 'unknown'])
    // Without its own /proc, a container sees pids of other processes.
    expect(ask(['unshare', '-pf'], living)).toBe('unknown')
  })
})

describe('a holder that died', () => {
  test.each([false, true])('G04 is replaced at once on the same host (without links: %s)', async (without) => {
    withoutLinks = without
    const { child, ended } = await holder()
    child.kill('SIGKILL')
    await ended
    expect(remains()).toEqual(['thing.lock'])
    // Much shorter than the time after which an untouched lock is stale.
    await expect(withLock(file, options(3000), nothing)).resolves.toBe('done')
    expect(remains()).toEqual([])
  })

  test.skipIf(process.platform !== 'linux')('G04 is recognized even if another process reuses its pid', async () => {
    fs.symlinkSync(lockText({ pid: process.pid }), `${file}.lock`)
    await expect(withLock(file, options(3000), nothing)).resolves.toBe('done')
  })

  test('G04 is replaced even if a process died while replacing it', async () => {
    fs.symlinkSync(lockText({}), `${file}.lock`)
    fs.symlinkSync(lockText({}), `${file}.lock.break`)
    await expect(withLock(file, options(3000), nothing)).resolves.toBe('done')
    expect(remains()).toEqual([])
  })
})

describe('a dead lock that several processes find', () => {
  test("G04 is left to the one that is replacing it, even if its clock or the folder's has jumped", async () => {
    const replacing = `${file}.lock.break`
    fs.symlinkSync(lockText({}), `${file}.lock`)
    fs.symlinkSync(`${nameAfterProcess('0')}@${os.hostname()}:cpm`, replacing)
    fs.lutimesSync(replacing, 1, 1)
    await expect(withLock(file, options(100), nothing)).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' })
    expect(remains()).toEqual(['thing.lock', 'thing.lock.break'])
    fs.rmSync(replacing)
    await expect(withLock(file, options(3000), nothing)).resolves.toBe('done')
  })

  test.each([false, true])(
    'G03 stays if it has a living holder by the time it is removed (without links: %s)',
    (without) => {
      const mark = `${file}.lock`
      const living = `${nameAfterProcess('0')}@${os.hostname()}:cpm`
      const put = (text: string) => {
        if (!without) {
          fs.symlinkSync(text, mark)
          return
        }
        fs.mkdirSync(mark)
        fs.writeFileSync(`${mark}/holder`, text)
      }
      put(lockText({}))
      const rename = fs.renameSync
      const spies = [
        vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
          if (from === mark && nameIn(mark) !== living) {
            fs.rmSync(mark, { recursive: true })
            put(living)
          }
          rename(from, to)
        }),
        ...(without ? [vi.spyOn(fs, 'symlinkSync').mockImplementation(refuse)] : []),
      ]
      try {
        expect(new LockFile(file, { onLost: () => undefined }).breakDead()).toBe(false)
        expect(nameIn(mark)).toBe(living)
        expect(remains()).toEqual(['thing.lock'])
      } finally {
        for (const spy of spies) spy.mockRestore()
      }
    },
  )

  function refuse(): never {
    throw Object.assign(new Error('EPERM: operation not permitted'), { code: 'EPERM', syscall: 'symlink' })
  }
})

describe('many processes', () => {
  const count = 8
  const times = 10

  /** Creates the lock of a process that was killed `age` seconds ago. */
  function leave(age: number): void {
    if (withoutLinks) {
      fs.mkdirSync(`${file}.lock`)
      fs.writeFileSync(`${file}.lock/holder`, lockText({}))
    } else fs.symlinkSync(lockText({}), `${file}.lock`)
    const then = Date.now() / 1000 - age
    fs.lutimesSync(`${file}.lock`, then, then)
  }

  // The same processes race several times, because starting them takes much longer than a race.
  test.each([false, true])(
    'G03 lose no update, even after a holder died just now or an hour ago (without links: %s)',
    async (without) => {
      withoutLinks = without
      const counter = path.join(folder, 'counter')
      const users = await Promise.all(
        Array.from({ length: count }, () => user('increment', file, counter, String(times))),
      )
      const leftBehind = [undefined, 0, 3600, 3600, 3600]
      for (const age of leftBehind) {
        fs.writeFileSync(counter, '0')
        if (age !== undefined) leave(age)
        const added = users.map(({ says }) => says())
        for (const { go } of users) go()
        await Promise.all(added)
        expect(Number(fs.readFileSync(counter, 'utf8')), `left ${age ?? 'nothing'}`).toBe(count * times)
        expect(remains()).toEqual([])
      }
      for (const { child } of users) child.stdin.end()
      expect(await Promise.all(users.map(({ ended }) => ended))).toEqual(Array<number>(count).fill(0))
    },
  )
})
