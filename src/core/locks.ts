import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import lockfile from 'proper-lockfile'
import type { Emit } from '../schema/events.ts'
import { CpmError, fileError, systemCode } from './errors.ts'
import { makerHasEnded, nameAfterProcess } from './process-identity.ts'
import { makeFolders } from './atomic-file.ts'

export interface LockOptions {
  /** what is locked, for people: "the project /home/ada/scans" */
  subject: string
  /** milliseconds to wait for another holder */
  timeout: number
  emit: Emit
}

const STALE_AFTER = 15_000
const TOUCHED_EVERY = 5_000
/** In the library two waiters that both find a lock stale may remove each other's: here `breakLock` does it, one at a time. */
const NEVER_STALE = 10 ** 9
const FIRST_WAIT = 5
const LONGEST_WAIT = 250

/**
 * Runs `work` while holding the lock `<file>.lock`, a symbolic link whose target names its holder: making it is one step, so a lock never
 * stands there without a name. A holder that has died on this host is replaced at once, one that stopped touching its lock
 * (another host, a frozen process) after 15 seconds.
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
  const lockPath = `${file}.lock`
  let wait = FIRST_WAIT
  let told = false
  makeFolder(path.dirname(file))
  for (;;) {
    try {
      const release = await lockfile.lock(file, {
        lockfilePath: lockPath,
        realpath: false,
        update: TOUCHED_EVERY,
        ...(process.platform === 'win32'
          ? { stale: STALE_AFTER }
          : { stale: NEVER_STALE, fs: linksAsLocks(holderText()) }),
        onCompromised: (error) => {
          emit({ type: 'warning', code: 'LOCK_LOST', message: `the lock on ${subject} was lost: ${error.message}` })
        },
      })
      return () => release().catch(() => undefined)
    } catch (error) {
      if (systemCode(error) !== 'ELOCKED') throw fileError(error, 'lock', file)
    }
    const holder = readHolder(lockPath)
    if (holder !== undefined && isDead(lockPath, holder) && breakLock(lockPath, holder)) continue
    if (Date.now() >= deadline) throw timedOut(subject, timeout, holder)
    if (!told && wait > LONGEST_WAIT / 2) {
      emit({ type: 'lock-waiting', subject, holder: describe(holder) })
      told = true
    }
    await delay(Math.min(wait, Math.max(1, deadline - Date.now())))
    wait = Math.min(wait * 2, LONGEST_WAIT)
  }
}

/** What proper-lockfile does with folders, done with links: made in one step together with the holder's name. */
function linksAsLocks(target: string) {
  return {
    ...fs,
    mkdir: (file: string, done: fs.NoParamCallback) => {
      fs.symlink(target, file, done)
    },
    stat: fs.lstat,
    utimes: fs.lutimes,
    rmdir: fs.unlink,
    rmdirSync: fs.unlinkSync,
  }
}

/** `<process>@<host>:<command>`, where process is that of src/core/process-identity.ts. */
function holderText(): string {
  // The command without its arguments: they may be private, and the name tells enough.
  const command = process.argv.slice(2).find((word) => !word.startsWith('-')) ?? ''
  return `${nameAfterProcess('0')}@${os.hostname()}:cpm ${command}`.trimEnd()
}

function readHolder(lockPath: string): string | undefined {
  try {
    return fs.readlinkSync(lockPath)
  } catch {
    return undefined
  }
}

/** Its process has ended, or (on another host, where nobody can tell) has not touched it for long. */
function isDead(lockPath: string, holder: string): boolean {
  if (hasDied(holder)) return true
  const stats = fs.lstatSync(lockPath, { throwIfNoEntry: false })
  return stats !== undefined && Date.now() - stats.mtimeMs > STALE_AFTER
}

function hasDied(holder: string): boolean {
  return makerHasEnded(holder.split('@', 1)[0] ?? '') === true
}

/**
 * Removes a dead holder's lock. Only breakers touch such a lock, one at a time, and each looks again before it does: a successor's lock
 * is never removed.
 */
function breakLock(lockPath: string, dead: string): boolean {
  const mutex = `${lockPath}.break`
  const other = readHolder(mutex)
  if (other !== undefined && hasDied(other)) fs.rmSync(mutex, { force: true })
  try {
    fs.symlinkSync(holderText(), mutex)
  } catch {
    return false
  }
  try {
    if (readHolder(lockPath) !== dead || !isDead(lockPath, dead)) return false
    fs.unlinkSync(lockPath)
    return true
  } finally {
    fs.rmSync(mutex, { force: true })
  }
}

function describe(holder: string | undefined): string {
  const [, pid, host, command] = /^[^-]*-([0-9]+)-[^@]*@([^:]*):(.*)$/.exec(holder ?? '') ?? []
  return pid === undefined ? 'a process that did not name itself' : `process ${pid} on ${host} (${command})`
}

function timedOut(subject: string, timeout: number, holder: string | undefined): CpmError {
  return new CpmError('LOCK_TIMEOUT', `${subject} is locked by ${describe(holder)}, waited ${timeout / 1000} s`, {
    hint: 'wait until it is done, or raise --lock-timeout',
    details: { subject, ...(holder !== undefined && { holder }) },
  })
}

function makeFolder(folder: string): void {
  try {
    makeFolders(folder)
  } catch (error) {
    throw fileError(error, 'make', folder)
  }
}
