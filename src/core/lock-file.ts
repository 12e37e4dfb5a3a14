import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import lockfile from 'proper-lockfile'
import { namesIn } from './atomic-file.ts'
import { CpmError, fileError, ifPossible, systemCode } from './errors.ts'
import { createMark, lacksLinks, NAME_FILE, nameIn, removeDeadMarks, removeMark, removeMarkIf } from './lock-mark.ts'
import { type Fate, fateOfMaker, nameAfterProcess } from './process-identity.ts'
import { shellPath } from './shell-word.ts'

const STALE_AFTER = 15_000
const TOUCHED_EVERY = 5_000
/**
 * Turns off the library's own check: two waiters that find a lock stale could remove each other's. `breakDead` replaces
 * it.
 */
const NEVER_STALE = 10 ** 9
/**
 * Most time that counts between two looks: a waiter that was frozen itself did not see whether the lock was touched.
 */
const LONGEST_LOOK = 1_000
/** Largest plain file that can be a lock: it contains the name of a holder, or cpm did not create it. */
const LONGEST_TEXT = 1_024

interface LockFileOptions {
  onLost: (reason: string) => void
  staleAfter?: number
}

export interface Held {
  /** whether this process still holds the lock */
  isHeld(): boolean
  release(): Promise<void>
}

/** What a look at the lock's path found. */
type Seen =
  | { kind: 'none' }
  /** `mark` changes with each touch, and differs between locks */
  | { kind: 'lock'; text: string; mark: string }
  | { kind: 'other'; what: string }

/**
 * The lock `<file>.lock`: a symbolic link whose target names its holder (src/core/lock-mark.ts). Creating a link is one
 * step, so no lock ever exists without a name. An empty folder or a plain file with a holder's name is a lock too, left
 * by older versions and by tools that copy links as files.
 *
 * A lock's time is never compared with the clock, which may jump or belong to another machine. Instead, a waiter
 * watches whether the time changes while it waits.
 */
export class LockFile {
  readonly path: string
  readonly #file: string
  readonly #text = holderText()
  readonly #onLost: (reason: string) => void
  readonly #staleAfter: number
  #seen: { text: string; mark: string } | undefined
  #silence = 0
  #lookedAt = 0

  constructor(file: string, { onLost, staleAfter = STALE_AFTER }: LockFileOptions) {
    this.#file = file
    this.path = `${file}.lock`
    this.#onLost = onLost
    this.#staleAfter = staleAfter
  }

  /** Takes the lock, or returns undefined if another process holds it. @throws CpmError LOCK_BLOCKED */
  async tryToTake(): Promise<Held | undefined> {
    try {
      const release = await lockfile.lock(this.#file, {
        lockfilePath: this.path,
        realpath: false,
        update: TOUCHED_EVERY,
        ...(process.platform === 'win32'
          ? { stale: STALE_AFTER }
          : { stale: NEVER_STALE, fs: linksAsLocks(this.#text) }),
        onCompromised: (error) => {
          this.#onLost(error.message)
        },
      })
      return {
        isHeld: () => process.platform === 'win32' || nameIn(this.path) === this.#text,
        release: () => this.#release(release),
      }
    } catch (error) {
      if (systemCode(error) !== 'ELOCKED') throw fileError(error, 'lock', this.#file)
      return undefined
    }
  }

  async #release(release: () => Promise<void>): Promise<void> {
    await release().catch(() => undefined)
    // The library does not remove a lock that something else touched, but it is still ours.
    if (process.platform === 'win32' || nameIn(this.path) !== this.#text) return
    // If it can't be removed, others break it once this process has ended.
    ifPossible(() => {
      removeMark(this.path)
    })
  }

  holder(): string | undefined {
    return nameIn(this.path)
  }

  /**
   * Removes the lock of a holder that has ended, or of an unknown one that has stopped touching it.
   * @throws CpmError LOCK_BLOCKED
   */
  breakDead(): boolean {
    if (process.platform === 'win32') return false
    const seen = look(this.path)
    if (seen.kind === 'other') throw blocked(this.path, seen.what)
    if (seen.kind === 'none') return false
    this.#note(seen)
    return this.#isDead(seen.text) && this.#break(seen)
  }

  /** Removes what dead processes left of this lock. */
  removeDead(): void {
    if (!this.breakDead()) this.#freeMutex(`${this.path}.break`)
  }

  /** Removes what processes left that were killed while they broke, created or removed this lock. */
  removeRemains(): void {
    if (process.platform === 'win32') return
    ifPossible(() => {
      this.#freeMutex(`${this.path}.break`)
      removeDeadMarks(path.dirname(this.path))
    })
  }

  #note({ text, mark }: { text: string; mark: string }): void {
    const now = performance.now()
    const isSame = this.#seen?.text === text && this.#seen.mark === mark
    this.#silence = isSame ? this.#silence + Math.min(now - this.#lookedAt, LONGEST_LOOK) : 0
    this.#lookedAt = now
    this.#seen = { text, mark }
  }

  #isDead(text: string): boolean {
    const fate = fateOfHolder(text)
    return fate === 'ended' || (fate === 'unknown' && this.#silence > this.#staleAfter)
  }

  /**
   * Removes a dead lock. Only one process at a time may do this, and it looks again first, so that it never removes a
   * successor's lock.
   */
  #break({ text, mark }: { text: string; mark: string }): boolean {
    const mutex = `${this.path}.break`
    this.#freeMutex(mutex)
    try {
      createMark(mutex, this.#text)
    } catch {
      return false
    }
    try {
      const now = look(this.path)
      if (now.kind !== 'lock' || now.text !== text || now.mark !== mark) return false
      return removeLock(this.path, { text, mark })
    } finally {
      ifPossible(() => {
        removeLock(mutex, { text: this.#text })
      })
    }
  }

  /**
   * Removes a mutex that a crash left. Its holder needs it for only a moment, so an old one is abandoned, unless its
   * process lives: it may be suspended, or the clock may have jumped.
   */
  #freeMutex(mutex: string): void {
    const seen = look(mutex)
    if (seen.kind === 'other') throw blocked(mutex, seen.what)
    if (seen.kind === 'none') return
    const fate = fateOfHolder(seen.text)
    if (fate === 'ended' || (fate === 'unknown' && ageOf(mutex) > STALE_AFTER)) removeLock(mutex, seen)
  }
}

/** Removes a lock, unless it has another holder by now, or was touched. */
function removeLock(file: string, { text, mark }: { text: string; mark?: string }): boolean {
  return removeMarkIf(file, (renamed) => {
    const now = look(renamed)
    return now.kind === 'lock' && now.text === text && (mark === undefined || now.mark === mark)
  })
}

/** Removes the locks in a folder whose holders have died. */
export function breakDeadLocks(folder: string): void {
  ifPossible(() => {
    const locks = new Set(namesIn(folder).flatMap((name) => /^(.+)\.lock(?:\.break)?$/.exec(name)?.[1] ?? []))
    for (const name of locks) new LockFile(path.join(folder, name), { onLost: () => undefined }).removeDead()
    removeDeadMarks(folder)
  })
}

function ageOf(file: string): number {
  const stats = fs.lstatSync(file, { throwIfNoEntry: false })
  return stats === undefined ? 0 : Math.abs(Date.now() - stats.mtimeMs)
}

/**
 * Makes proper-lockfile use links instead of folders: a link is created together with its holder's name, and only its
 * holder removes it.
 */
function linksAsLocks(target: string) {
  const gone = (file: string) => Object.assign(new Error(`${file} was taken over`), { code: 'ENOENT' })
  return {
    ...fs,
    mkdir: (file: string, done: fs.NoParamCallback) => {
      fs.symlink(target, file, (error) => {
        done(
          error && lacksLinks(error)
            ? failureOf(() => {
                createMark(file, target)
              })
            : error,
        )
      })
    },
    stat: (file: string, done: (error: Error | null, stats?: fs.Stats) => void) => {
      if (nameIn(file) === target) fs.lstat(file, done)
      // The library keeps waiting after any error except ENOENT.
      else done(gone(file))
    },
    utimes: fs.lutimes,
    rmdir: (file: string, done: fs.NoParamCallback) => {
      done(
        nameIn(file) === target
          ? failureOf(() => {
              removeMark(file)
            })
          : null,
      )
    },
    rmdirSync: (file: string) => {
      if (nameIn(file) === target) removeMark(file)
    },
  }
}

function failureOf(work: () => void): NodeJS.ErrnoException | null {
  try {
    work()
    return null
  } catch (error) {
    return error as NodeJS.ErrnoException
  }
}

/** @throws CpmError FILE_UNREADABLE */
function look(file: string): Seen {
  try {
    const stats = fs.lstatSync(file, { throwIfNoEntry: false })
    return stats ? whatIsThere(file, stats) : { kind: 'none' }
  } catch (error) {
    // The holder has just removed it.
    if (systemCode(error) === 'ENOENT') return { kind: 'none' }
    throw fileError(error, 'read', file)
  }
}

function whatIsThere(file: string, stats: fs.Stats): Seen {
  const mark = `${stats.ino} ${stats.mtimeMs}`
  if (stats.isSymbolicLink()) return { kind: 'lock', text: fs.readlinkSync(file), mark }
  if (stats.isDirectory()) {
    const names = fs.readdirSync(file)
    if (names.length > 0 && names.join() !== NAME_FILE) return { kind: 'other', what: 'a folder that is not empty' }
    const text = names.length === 0 ? '' : nameIn(file)
    // Without a name, the holder has just removed it.
    return text === undefined ? { kind: 'none' } : { kind: 'lock', text, mark }
  }
  if (!stats.isFile()) return { kind: 'other', what: stats.isFIFO() ? 'a named pipe' : 'a special file' }
  const text = stats.size <= LONGEST_TEXT ? fs.readFileSync(file, 'utf8').trim() : ''
  const isOurs = fateOfMaker(text.split('@', 1)[0] ?? '') !== undefined
  return isOurs ? { kind: 'lock', text, mark } : { kind: 'other', what: 'a file that cpm did not make' }
}

function blocked(file: string, what: string): CpmError {
  return new CpmError('LOCK_BLOCKED', `${file} is ${what}, in the place of a lock`, {
    hint: `check it, then remove it: rm -r ${shellPath(file)}`,
    details: { file },
  })
}

/** Returns `<process>@<host>:<command>`; src/core/process-identity.ts defines the process part. */
function holderText(): string {
  // Without arguments, which may be private.
  const command = process.argv.slice(2).find((word) => !word.startsWith('-')) ?? ''
  return `${nameAfterProcess(randomBytes(4).toString('hex'))}@${os.hostname()}:cpm ${command}`.trimEnd()
}

/** Returns the fate of a lock's holder; unknown if the lock does not name one. */
function fateOfHolder(text: string): Fate {
  return fateOfMaker(text.split('@', 1)[0] ?? '') ?? 'unknown'
}

export function describeHolder(holder: string | undefined): string {
  const [, pid, host, command] = /^[^-]*-([0-9]+)-[^@]*@([^:]*):(.*)$/.exec(holder ?? '') ?? []
  return pid === undefined ? 'a process that did not name itself' : `process ${pid} on ${host} (${command})`
}
