import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Emit } from '../schema/events.ts'
import { makeFolders } from './atomic-file.ts'
import { CpmError, fileError } from './errors.ts'
import { describeHolder, type Held, LockFile } from './lock-file.ts'

export interface LockOptions {
  /** what is locked, for messages: "the project /home/ada/scans" */
  subject: string
  /** milliseconds to wait for another holder */
  timeout: number
  emit: Emit
  /** milliseconds after which an untouched lock of an unknown process may be taken; shorter in tests */
  staleAfter?: number
}

/**
 * Work under a lock. `requireHeld` throws LOCK_LOST if another process took the lock, which can happen while this one
 * is frozen. `isTakenOver` says that the holder before died, so that its work may be done, half done or not begun.
 */
export type LockedWork<T> = (requireHeld: () => void, isTakenOver: boolean) => Promise<T>

const FIRST_WAIT = 5
const LONGEST_WAIT = 250

/**
 * Runs `work` while holding the lock `<file>.lock`. Takes over the lock of an ended process at once, and that of a
 * process on another machine or in another container once it has not been touched for 15 seconds.
 * @throws CpmError LOCK_TIMEOUT with the holder's name, or LOCK_BLOCKED if something else is in the lock's place
 */
export async function withLock<T>(file: string, options: LockOptions, work: LockedWork<T>): Promise<T> {
  return await withLocks([file], options, work)
}

/** Holds several locks at once, taken in sorted order to prevent deadlocks. */
export async function withLocks<T>(files: readonly string[], options: LockOptions, work: LockedWork<T>): Promise<T> {
  const held: Acquired[] = []
  try {
    for (const file of [...files].sort()) held.push(await acquire(file, options))
    const requireHeld = () => {
      const lost = held.find((lock) => !lock.isHeld())
      if (lost) throw lockLost(options.subject)
    }
    return await work(
      requireHeld,
      held.some(({ isTakenOver }) => isTakenOver),
    )
  } finally {
    for (const lock of held.reverse()) await lock.release()
  }
}

type Acquired = Held & { readonly isTakenOver: boolean }

async function acquire(file: string, { subject, timeout, emit, staleAfter }: LockOptions): Promise<Acquired> {
  const deadline = performance.now() + timeout
  const onLost = (reason: string) => {
    emit({ type: 'warning', code: 'LOCK_LOST', message: `the lock on ${subject} was lost: ${reason}` })
  }
  const lock = new LockFile(file, { onLost, ...(staleAfter !== undefined && { staleAfter }) })
  let wait = FIRST_WAIT
  let hasWarned = false
  let isTakenOver = false
  makeFolder(path.dirname(file))
  for (;;) {
    const held = await lock.tryToTake()
    if (held) {
      lock.removeRemains()
      return { ...held, isTakenOver }
    }
    if (lock.breakDead()) {
      isTakenOver = true
      continue
    }
    const holder = lock.holder()
    if (performance.now() >= deadline) throw timedOut(lock, { subject, timeout, holder })
    if (!hasWarned && wait > LONGEST_WAIT / 2) {
      emit({ type: 'lock-waiting', subject, holder: describeHolder(holder) })
      hasWarned = true
    }
    await delay(Math.min(wait, Math.max(1, deadline - performance.now())))
    wait = Math.min(wait * 2, LONGEST_WAIT)
  }
}

function timedOut(
  { path: file }: LockFile,
  { subject, timeout, holder }: { subject: string; timeout: number; holder: string | undefined },
): CpmError {
  return new CpmError('LOCK_TIMEOUT', `${subject} is locked by ${describeHolder(holder)}; waited ${timeout / 1000} s`, {
    hint: 'wait for that process to finish, or raise --lock-timeout',
    details: { subject, file, ...(holder !== undefined && { holder }) },
  })
}

function lockLost(subject: string): CpmError {
  return new CpmError('LOCK_LOST', `${subject} was taken over by another process while this one did not respond`, {
    hint: 'run the command again',
    details: { subject },
  })
}

function makeFolder(folder: string): void {
  try {
    makeFolders(folder)
  } catch (error) {
    throw fileError(error, 'create', folder)
  }
}
