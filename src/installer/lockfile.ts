import path from 'node:path'
import semver from 'semver'
import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import { isRelease, Lock, type LockedPackage } from '../schema/lock.ts'
import { readIfThere } from '../core/atomic-file.ts'
import { canonicalJson, parseJson, readableJson } from '../core/canonical-json.ts'
import { CpmError } from '../core/errors.ts'
import { UPGRADE } from '../core/newer-format.ts'
import { decodeText, placeIn } from '../core/text.ts'
import { problemText } from '../core/problem.ts'
import { inFolder, type Path, readYaml } from '../core/yaml.ts'
import { lockedFolder, memberPackages } from './folder-packages.ts'
import { entriesOf, lockedPackage } from './lock-entries.ts'
import { LOCK_FILE } from './project.ts'
import { lockedRoots, type Roots, wantedByRoot } from './roots.ts'

type WrittenDependency = LockedPackage['dependencies'][PackageName]

export function writeLock(lock: Lock): string {
  return readableJson(lock)
}

/**
 * Whether a lock satisfies the manifests: it was made for the same requirements in any order, it is complete, every
 * package in it is required and within its range, and the members of the workspace are as it says.
 */
export function lockFits(lock: Lock, roots: Roots): boolean {
  const isForThese = canonicalJson(lock.roots) === canonicalJson(lockedRoots(roots))
  return isForThese && hasMembersAsTheyAre(lock, roots) && isConsistent(lock, roots)
}

/** Whether every member in the lock is the one in its folder, and no release has the name of a member. */
function hasMembersAsTheyAre(lock: Lock, roots: Roots): boolean {
  const members = memberPackages(roots)
  return entriesOf(lock.packages).every(([name, locked]) => {
    const member = members.get(name)
    if (member) return canonicalJson(locked) === canonicalJson(lockedFolder(member))
    return isRelease(locked) || !roots.some(({ path }) => path === locked.path)
  })
}

/** Whether a lock has folders that are not members: they may have changed since it was written. */
export function hasOtherFolders(lock: Lock): boolean {
  return Object.values(lock.packages).some((locked) => !isRelease(locked) && !Object.hasOwn(lock.roots, locked.path))
}

function isConsistent(lock: Lock, roots: Roots): boolean {
  const { overrides } = lock.roots['.']
  const reached = new Set<PackageName>()
  const waiting: [PackageName, WrittenDependency][] = roots
    .flatMap(({ manifest }) => wantedByRoot(manifest))
    .map(({ name, requirement, optional }) => [name, { version: requirement, ...(optional && { optional }) }])
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [name, written] = next
    const { version: requirement, optional } =
      typeof written === 'string' ? { version: written, optional: undefined } : written
    const locked = lockedPackage(lock, name)
    if (!locked) {
      if (optional !== true) return false
      continue
    }
    const range = Object.hasOwn(overrides, name) ? overrides[name] : requirement
    if (isRelease(locked) && optional !== true && !semver.satisfies(locked.version, range ?? requirement)) return false
    if (reached.has(name)) continue
    reached.add(name)
    waiting.push(...entriesOf(locked.dependencies))
  }
  return reached.size === Object.keys(lock.packages).length
}

export type ReadLock =
  | { kind: 'none' }
  | { kind: 'lock'; lock: Lock; text: string }
  /** git left conflict markers: not a lock, but the versions of both sides are preferred */
  | { kind: 'conflict'; line: number; sides: Lock[] }

/** Reads a lock file. @throws CpmError LOCK_INVALID */
export function readLock(file: string): ReadLock {
  try {
    return readLockText(readIfThere(file))
  } catch (error) {
    throw error instanceof CpmError && error.details.problems ? inFolder(error, path.dirname(file)) : error
  }
}

/** Reads the text of a lock. @throws CpmError LOCK_INVALID */
export function readLockText(source: string | Uint8Array | undefined): ReadLock {
  if (source === undefined) return { kind: 'none' }
  const text = typeof source === 'string' ? source : requireText(source)
  const marker = /^<{7} /m.exec(text)
  if (marker) return { kind: 'conflict', line: placeIn(text.slice(0, marker.index)).line, sides: sidesOf(text) }
  return { kind: 'lock', lock: parseLock(text), text }
}

/**
 * Reads the lock of a project, for commands that need one.
 * @throws CpmError LOCK_OUTDATED if it does not exist, LOCK_INVALID
 */
export function requireLock(file: string): Lock {
  const read = readLock(file)
  if (read.kind === 'lock') return read.lock
  throw read.kind === 'none'
    ? new CpmError('LOCK_OUTDATED', `there is no ${LOCK_FILE}`, { hint: 'cpm install' })
    : lockInConflict(path.dirname(file), read)
}

/** Returns the error for a lock with conflict markers, for commands that don't rebuild it. */
export function lockInConflict(root: string, { line }: { line: number }): CpmError {
  const problems = [{ file: LOCK_FILE, line, column: 1, message: 'has conflict markers' }]
  return new CpmError('LOCK_INVALID', `${LOCK_FILE}:${line}:1 has conflict markers`, {
    hint: 'cpm install',
    details: { root, problems },
  })
}

/** Returns the versions to keep if they still fit; in a conflict, ours take precedence over theirs. */
export function lockedVersions(read: ReadLock): Map<PackageName, Version> {
  const locks = read.kind === 'none' ? [] : read.kind === 'lock' ? [read.lock] : [...read.sides].reverse()
  return new Map(
    locks.flatMap((lock) => entriesOf(lock.packages).map(([name, { version }]) => [name, version] as const)),
  )
}

function requireText(bytes: Uint8Array): string {
  const decoded = decodeText(bytes)
  if ('text' in decoded) return decoded.text
  const { line, column, message } = decoded.fault
  throw new CpmError('LOCK_INVALID', `${LOCK_FILE}:${line}:${column} ${message}`, {
    details: { problems: [{ file: LOCK_FILE, line, column, message }] },
  })
}

function parseLock(text: string): Lock {
  const result = Lock.safeParse(parseJson(text, 'LOCK_INVALID', LOCK_FILE))
  if (!result.success) {
    const [issue] = result.error.issues
    const at = (issue?.path ?? []) as Path
    const message = `${at.join('.')}${at.length > 0 ? ': ' : ''}${issue?.message ?? ''}`
    // JSON is YAML, whose reader knows the place of each value.
    const { yaml } = readYaml(LOCK_FILE, text, { maxBytes: Infinity })
    const problem = { file: LOCK_FILE, ...(yaml?.locate(at) ?? { line: 1, column: 1 }), message }
    throw new CpmError('LOCK_INVALID', problemText(problem), {
      hint: `restore it from version control, or remove it and run cpm install`,
      details: { problems: [problem] },
      cause: result.error,
    })
  }
  return result.data
}

/** Returns the two sides of the conflicts, each as a lock; a side that does not parse is left out. */
function sidesOf(text: string): Lock[] {
  const ours: string[] = []
  const theirs: string[] = []
  let side: 'both' | 'ours' | 'base' | 'theirs' = 'both'
  for (const line of text.split('\n')) {
    if (line.startsWith('<<<<<<< ')) side = 'ours'
    else if (line.startsWith('||||||| ')) side = 'base'
    else if (line === '=======' && side !== 'both') side = 'theirs'
    else if (line.startsWith('>>>>>>> ')) side = 'both'
    else {
      if (side === 'both' || side === 'ours') ours.push(line)
      if (side === 'both' || side === 'theirs') theirs.push(line)
    }
  }
  return [ours, theirs].flatMap((lines) => {
    try {
      // Only its versions are used, as preferences, so the lock need not be complete.
      return [Lock.parse(parseJson(lines.join('\n'), 'LOCK_INVALID', LOCK_FILE))]
    } catch (error) {
      // The side that a newer cpm wrote must not be dropped silently.
      if (error instanceof CpmError && error.hint === UPGRADE) throw error
      return []
    }
  })
}
