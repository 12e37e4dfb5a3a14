import type { Lock } from '../schema/lock.ts'
import { CpmError } from '../core/errors.ts'
import { readLock, type ReadLock, requireLock } from './lockfile.ts'
import { keyOf } from './places.ts'
import { LOCK_FILE, type Project } from './project.ts'
import { memberLock } from './workspace/lock-part.ts'

/**
 * Reads the lock of a project. In a workspace, the root and each member see their part of the lock; a lock that does not
 * have the member yet is none.
 * @throws CpmError LOCK_INVALID
 */
export function readProjectLock(project: Project): ReadLock {
  const read = readLock(project.lockFile)
  if (read.kind !== 'lock') return read
  const lock = projectLock(read.lock, project)
  return lock ? { ...read, lock } : { kind: 'none' }
}

/** Returns a project's part of a lock; undefined if the lock does not have it. */
export function projectLock(lock: Lock, project: Project): Lock | undefined {
  const isAlone = project.member === undefined && Object.keys(lock.roots).length === 1
  return isAlone ? lock : memberLock(lock, keyOf(project))
}

/**
 * Reads the lock of a project, for commands that need one.
 * @throws CpmError LOCK_OUTDATED if there is none, LOCK_INVALID
 */
export function requireProjectLock(project: Project): Lock {
  return requirePart(requireLock(project.lockFile), project)
}

/** Returns a project's part of a lock. @throws CpmError LOCK_OUTDATED if the lock does not have it */
export function requirePart(lock: Lock, project: Project): Lock {
  const part = projectLock(lock, project)
  if (part) return part
  const { member = 'the root of the workspace' } = project
  throw new CpmError('LOCK_OUTDATED', `${LOCK_FILE} does not have ${member} yet`, { hint: 'cpm install' })
}
