import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import lockfile from 'proper-lockfile'
import { z } from 'zod'
import type { Emit } from '../schema/events.ts'
import { CpmError, fileError, systemCode } from './errors.ts'
import { hasEnded, ownIdentity } from './process-identity.ts'

const Holder = z.object({ pid: z.int(), host: z.string(), startedAt: z.string().nullable(), command: z.string() })
type Holder = z.infer<typeof Holder>

export interface LockOptions {
  /** what is locked, for people: "the project /home/ada/scans" */
  subject: string
  /** milliseconds to wait for another holder */
  timeout: number
  emit: Emit
}

const STALE_AFTER = 15_000
const FIRST_WAIT = 5
const LONGEST_WAIT = 250

/**
 * Runs `work` while holding the lock folder `<file>.lock`. Its holder stands in `<file>.holder`; one that has died on this
 * host is replaced at once, one that stopped touching the lock (another host, a frozen process) after 15 seconds.
 * @throws CpmError LOCK_TIMEOUT with the holder named
 */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const release = await acquire(file, options)
  try {
    return await work()
  } finally {
    await release()
  }
}

/** Holds several locks at once, taken in sorted order so that two processes never wait for each other. */
export async function withLocks<T>(files: readonly string[], options: LockOptions, work: () => Promise<T>): Promise<T> {
  const releases: (() => Promise<void>)[] = []
  try {
    for (const file of [...files].sort()) releases.push(await acquire(file, options))
    return await work()
  } finally {
    for (const release of releases.reverse()) await release()
  }
}

async function acquire(file: string, { subject, timeout, emit }: LockOptions): Promise<() => Promise<void>> {
  const deadline = Date.now() + timeout
  const holderFile = `${file}.holder`
  let wait = FIRST_WAIT
  let told = false
  makeFolder(path.dirname(file))
  for (;;) {
    try {
      const release = await lockfile.lock(file, {
        lockfilePath: `${file}.lock`,
        realpath: false,
        stale: STALE_AFTER,
        // The default throws out of a timer. A lost lock is found by the journal's checks instead.
        onCompromised: (error) => {
          emit({ type: 'warning', code: 'LOCK_LOST', message: `the lock on ${subject} was lost: ${error.message}` })
        },
      })
      writeHolder(holderFile)
      return async () => {
        // First the holder, then the lock: a waiter never sees our name beside somebody else's lock.
        fs.rmSync(holderFile, { force: true })
        await release().catch(() => undefined)
      }
    } catch (error) {
      if (systemCode(error) !== 'ELOCKED') throw fileError(error, 'lock', file)
    }
    const holder = readHolder(holderFile)
    if (holder && hasEnded(holder) && breakLock(file, holderFile, holder)) continue
    if (Date.now() >= deadline) throw timedOut(subject, timeout, holder)
    if (!told && wait > LONGEST_WAIT / 2) {
      emit({ type: 'lock-waiting', subject, holder: describe(holder) })
      told = true
    }
    await delay(Math.min(wait, Math.max(1, deadline - Date.now())))
    wait = Math.min(wait * 2, LONGEST_WAIT)
  }
}

/**
 * Removes a dead holder's lock. Renaming its holder file decides who may: of several waiters one succeeds, and none can
 * remove the lock of a successor.
 */
function breakLock(file: string, holderFile: string, dead: Holder): boolean {
  const claimed = `${holderFile}.${randomBytes(4).toString('hex')}`
  try {
    fs.renameSync(holderFile, claimed)
  } catch {
    return false
  }
  const found = readHolder(claimed)
  if (found?.pid !== dead.pid || found.startedAt !== dead.startedAt) {
    fs.renameSync(claimed, holderFile)
    return false
  }
  fs.rmSync(`${file}.lock`, { recursive: true, force: true })
  fs.rmSync(claimed, { force: true })
  return true
}

function writeHolder(holderFile: string): void {
  // The command without its arguments' values: they may be private, and the name tells enough.
  const command = `cpm ${process.argv.slice(2).find((word) => !word.startsWith('-')) ?? ''}`.trim()
  fs.writeFileSync(holderFile, JSON.stringify({ ...ownIdentity(), command } satisfies Holder))
}

function readHolder(holderFile: string): Holder | undefined {
  try {
    return Holder.parse(JSON.parse(fs.readFileSync(holderFile, 'utf8')))
  } catch {
    return undefined
  }
}

function describe(holder: Holder | undefined): string {
  return holder ? `process ${holder.pid} on ${holder.host} (${holder.command})` : 'a process that did not name itself'
}

function timedOut(subject: string, timeout: number, holder: Holder | undefined): CpmError {
  return new CpmError('LOCK_TIMEOUT', `${subject} is locked by ${describe(holder)}, waited ${timeout / 1000} s`, {
    hint: 'wait until it is done, or raise --lock-timeout',
    details: { subject, ...(holder && { holder }) },
  })
}

function makeFolder(folder: string): void {
  try {
    fs.mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw fileError(error, 'make', folder)
  }
}
