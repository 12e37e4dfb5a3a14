import { CpmError } from '../../core/errors.ts'
import { count } from '../../core/amounts.ts'
import { withLock } from '../../core/locks.ts'
import { type KnownProject, lookAtProjects } from '../../installer/keep/known-projects.ts'
import { withGcLock } from '../../installer/keep/reserve.ts'
import { type DamagedEntry, type NamedRelease, verifyEntries } from '../../installer/keep/verify-entries.ts'
import { proveReleases } from '../../installer/prove/prove-releases.ts'
import { Store } from '../../installer/store.ts'
import { unpackReleases } from '../../installer/unpack-releases.ts'
import { createInstallation, type InstallationFlags } from '../project/installation.ts'
import type { Session } from '../session.ts'
import { runningPackages } from './running-packages.ts'

export interface VerifyStoreOptions extends Pick<InstallationFlags, 'registry' | 'offline' | 'lockTimeout'> {
  /** fetch damaged packages again, and remove those that nothing uses */
  repair?: boolean
}

type Repair = { outcome: 'repaired' | 'removed' } | { outcome: 'damaged'; reason: string | undefined }

export interface StoreFinding extends Pick<DamagedEntry, 'tree' | 'label' | 'files' | 'usedBy'> {
  readonly problem?: string
  readonly outcome: Repair['outcome']
  /** why it could not be repaired */
  readonly reason?: string
}

export interface VerifiedStore {
  readonly entries: number
  readonly files: number
  readonly findings: readonly StoreFinding[]
}

/**
 * Reads every package in the store and compares it with its tree. `repair` fetches damaged ones again, from the
 * registry of a project that locks them.
 * @throws CpmError STORE_DAMAGED if any damage remains
 */
export async function verifyStore(session: Session, options: VerifyStoreOptions = {}): Promise<VerifiedStore> {
  const { pool, signal } = session
  const home = session.home(await session.config())
  const store = new Store(home.store)
  const look = () => lookAtProjects(store.notes.list(), home)
  const { entries, files, damaged } = await verifyEntries({ store, projects: look(), pool, signal })
  const findings: StoreFinding[] = []
  try {
    for (const entry of damaged) {
      signal.throwIfAborted()
      const repair: Repair =
        options.repair === true
          ? await repairEntry(session, { entry, store, options, look, runs: home.runs })
          : { outcome: 'damaged', reason: undefined }
      findings.push(findingOf(entry, repair))
    }
  } finally {
    store.sweep()
  }
  return requireSound({ entries, files, findings }, options.repair === true)
}

interface RepairParts {
  entry: DamagedEntry
  store: Store
  options: VerifyStoreOptions
  look: () => KnownProject[]
  runs: string
}

async function repairEntry(session: Session, parts: RepairParts): Promise<Repair> {
  const { named } = parts.entry
  try {
    if (named.length === 0) return await removeUnused(session, parts)
  } catch (error) {
    return { outcome: 'damaged', reason: reasonOf(error, session) }
  }
  const reasons = new Set<string>()
  for (const release of named) {
    try {
      await fetchAgain(session, release, parts.options)
      return { outcome: 'repaired' }
    } catch (error) {
      reasons.add(reasonOf(error, session))
    }
  }
  return { outcome: 'damaged', reason: [...reasons].join('; ') }
}

function reasonOf(error: unknown, { signal }: Session): string {
  if (!(error instanceof CpmError) || signal.aborted) throw error
  return error.message
}

/** Fetches a release as an installation of its project does: proven by its envelope, the lock and the user's settings. */
async function fetchAgain(session: Session, { project, name, locked }: NamedRelease, flags: VerifyStoreOptions) {
  const { registry, offline, lockTimeout } = flags
  const installation = await createInstallation(session, project, {
    registry,
    lockTimeout,
    ...(offline !== undefined && { offline }),
  })
  try {
    const proven = await proveReleases([{ name, version: locked.version, before: locked }], installation)
    await unpackReleases(proven, { ...installation, replace: new Set([locked.tree]) })
    installation.store.markProven(locked.tree)
    session.emit({ type: 'repaired', name, version: locked.version })
  } finally {
    installation.sweep()
  }
}

/** Removes a damaged entry that nothing uses. No lock names it, so no registry is known that has it. */
async function removeUnused(session: Session, { entry, store, options, look, runs }: RepairParts): Promise<Repair> {
  const { tree, label } = entry
  const lockTimeout = session.lockTimeout(await session.config(), options.lockTimeout)
  const { emit } = session
  return await withGcLock(store, { lockTimeout, emit }, async (requireHeld): Promise<Repair> => {
    const projects = look()
    const users = projects.filter(({ trees }) => trees.has(tree)).map(({ path }) => path)
    if (users.length > 0)
      return { outcome: 'damaged', reason: `${users.join(', ')} used it, but no lock that can be read names it` }
    if (!projects.every(({ isComplete }) => isComplete))
      return {
        outcome: 'damaged',
        reason: 'no lock names it, and it is unknown what some projects use (cpm gc names them)',
      }
    if (runningPackages(runs, session.now()).trees.includes(tree))
      return { outcome: 'damaged', reason: 'no lock names it, and a run that is in progress uses it' }
    return await withLock(store.lockOf(tree), { subject: `${label} in the store`, timeout: lockTimeout, emit }, () => {
      requireHeld()
      store.setAside(tree)
      return Promise.resolve({ outcome: 'removed' })
    })
  })
}

function findingOf({ tree, label, files, usedBy, problem }: DamagedEntry, repair: Repair): StoreFinding {
  return {
    tree,
    label,
    files,
    usedBy,
    ...(problem !== undefined && { problem }),
    outcome: repair.outcome,
    ...('reason' in repair && repair.reason !== undefined && { reason: repair.reason }),
  }
}

/** @throws CpmError STORE_DAMAGED */
function requireSound(report: VerifiedStore, hasRepaired: boolean): VerifiedStore {
  const damaged = report.findings.filter(({ outcome }) => outcome === 'damaged')
  if (damaged.length === 0) return report
  const are = `${damaged.length === 1 ? 'is' : 'are'} ${hasRepaired ? 'still ' : ''}damaged`
  const fact = `${damaged.length} of ${count(report.entries, 'package')} in the store ${are}:`
  throw new CpmError('STORE_DAMAGED', [fact, ...damaged.flatMap(describe)].join('\n'), {
    hint: hasRepaired ? hintFor(damaged) : 'cpm store verify --repair',
    details: { ...report },
  })
}

function hintFor(damaged: readonly StoreFinding[]): string {
  const user = damaged.find(({ usedBy }) => usedBy.length > 0)?.usedBy[0]
  return user === undefined ? 'cpm gc' : `run cpm ci in ${user} when its registry is reachable, or pass --registry`
}

function describe({ label, files, problem, usedBy, reason }: StoreFinding): string[] {
  const users = usedBy.length === 0 ? 'no known project uses it' : `used by ${usedBy.join(', ')}`
  return [
    `  ${label}: ${problem ?? `${count(files.length, 'file')} changed, missing or added`}; ${users}`,
    ...files.map(({ path, what, detail }) => `    ${what} ${path}${detail === undefined ? '' : ` (${detail})`}`),
    ...(reason === undefined ? [] : [`    not repaired: ${reason}`]),
  ]
}
