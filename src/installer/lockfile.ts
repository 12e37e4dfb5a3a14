import semver from 'semver'
import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import { type Dependency, writeDependencies } from '../schema/dependency.ts'
import { isRelease, Lock, type LockedPackage, type LockedRelease, type LockedRoot } from '../schema/lock.ts'
import type { ProjectManifest } from '../schema/manifest.ts'
import { readIfThere } from '../core/atomic-file.ts'
import { canonicalJson, parseJson, readableJson } from '../core/canonical-json.ts'
import { CpmError } from '../core/errors.ts'
import { UPGRADE } from '../core/newer-format.ts'
import { decodeText } from '../core/text.ts'
import { LOCK_FILE } from './project.ts'

type WrittenDependency = LockedPackage['dependencies'][PackageName]

export function writeLock(lock: Lock): string {
  return readableJson(lock)
}

/** What a manifest asks for, as the lock repeats it. */
export function rootOf(manifest: ProjectManifest): LockedRoot {
  return {
    dependencies: writeDependencies(manifest.dependencies),
    devDependencies: writeDependencies(manifest.devDependencies),
    overrides: Object.fromEntries(manifest.overrides.map(({ name, requirement }) => [name, requirement])),
  }
}

/**
 * Whether a lock answers what the manifest asks now: made for the same requirements (whatever their order), whole, and nothing in it that
 * no requirement leads to or allows.
 */
export function lockFits(lock: Lock, manifest: ProjectManifest): boolean {
  return canonicalJson(lock.roots['.']) === canonicalJson(rootOf(manifest)) && isConsistent(lock, manifest)
}

function isConsistent(lock: Lock, manifest: ProjectManifest): boolean {
  const reached = new Set<PackageName>()
  const waiting: [PackageName, WrittenDependency][] = wantedByRoot(manifest).map(({ name, requirement, optional }) => [
    name,
    { version: requirement, ...(optional && { optional }) },
  ])
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [name, written] = next
    const { version: requirement, optional } =
      typeof written === 'string' ? { version: written, optional: undefined } : written
    const locked = lockedPackage(lock, name)
    if (!locked) {
      if (optional !== true) return false
      continue
    }
    const overrides = lock.roots['.'].overrides
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
  /** git left conflict markers: no lock, but what both sides had is still preferred */
  | { kind: 'conflict'; sides: Lock[] }

/** Reads a lock. @throws CpmError LOCK_INVALID */
export function readLock(file: string): ReadLock {
  return readLockText(readIfThere(file))
}

/** Reads the text of a lock. @throws CpmError LOCK_INVALID */
export function readLockText(source: string | Uint8Array | undefined): ReadLock {
  if (source === undefined) return { kind: 'none' }
  const text = typeof source === 'string' ? source : requireText(source)
  if (/^<{7} /m.test(text)) return { kind: 'conflict', sides: sidesOf(text) }
  return { kind: 'lock', lock: parseLock(text), text }
}

/**
 * The lock of a project, for a command that only reads it.
 * @throws CpmError LOCK_OUTDATED where there is none, LOCK_INVALID
 */
export function requireLock(file: string): Lock {
  const read = readLock(file)
  if (read.kind === 'lock') return read.lock
  throw read.kind === 'none'
    ? new CpmError('LOCK_OUTDATED', `there is no ${LOCK_FILE} yet`, { hint: 'cpm install' })
    : new CpmError('LOCK_INVALID', `${LOCK_FILE} has conflict markers`, { hint: 'cpm install' })
}

/** The versions to keep where they still fit; of two sides of a conflict, ours before theirs. */
export function lockedVersions(read: ReadLock): Map<PackageName, Version> {
  const locks = read.kind === 'none' ? [] : read.kind === 'lock' ? [read.lock] : [...read.sides].reverse()
  return new Map(
    locks.flatMap((lock) => entriesOf(lock.packages).map(([name, { version }]) => [name, version] as const)),
  )
}

/** The entries of a map keyed by package names. */
export function entriesOf<T>(map: Partial<Record<PackageName, T>>): [PackageName, T][] {
  return Object.entries(map) as [PackageName, T][]
}

/** The packages of a lock that come from registries. */
export function releasesOf(lock: Lock): [PackageName, LockedRelease][] {
  return entriesOf(lock.packages).flatMap(([name, locked]) => (isRelease(locked) ? [[name, locked]] : []))
}

/** A package of a lock by its name; names such as `constructor` are names like others. */
export function lockedPackage(lock: Lock, name: PackageName) {
  return Object.hasOwn(lock.packages, name) ? lock.packages[name] : undefined
}

function requireText(bytes: Uint8Array): string {
  const decoded = decodeText(bytes)
  if ('text' in decoded) return decoded.text
  const { line, column, message } = decoded.fault
  throw new CpmError('LOCK_INVALID', `${LOCK_FILE}:${line}:${column} ${message}`)
}

function parseLock(text: string): Lock {
  const result = Lock.safeParse(parseJson(text, 'LOCK_INVALID', LOCK_FILE))
  if (!result.success) {
    const [issue] = result.error.issues
    throw new CpmError(
      'LOCK_INVALID',
      `${LOCK_FILE} is not valid: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
      {
        hint: `restore it from version control, or remove it and run cpm install`,
        cause: result.error,
      },
    )
  }
  return result.data
}

/** Both sides of every conflict, each as a whole text; a side that is not a lock any more is left out. */
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
      // Only versions are taken from it, as preferences: whether the lock is whole does not matter.
      return [Lock.parse(parseJson(lines.join('\n'), 'LOCK_INVALID', LOCK_FILE))]
    } catch (error) {
      // The side of a newer cpm is not to be lost in the mending.
      if (error instanceof CpmError && error.hint === UPGRADE) throw error
      return []
    }
  })
}

/** The dependencies a project wants installed: its own, those for its tests, and not those that only a feature asks for. */
export function wantedByRoot(manifest: ProjectManifest): Dependency[] {
  const byFeature = new Set(Object.values(manifest.features).flat())
  return [
    ...manifest.dependencies.filter(({ name, optional }) => !(optional && byFeature.has(name))),
    ...manifest.devDependencies,
  ]
}
