import type { GlobalState, PendingOperation } from '../../schema/global-state.ts'
import type { PackageName } from '../../schema/name.ts'
import type { Version } from '../../schema/version.ts'
import { withLock } from '../../core/locks.ts'
import type { InstallReport } from '../installation.ts'
import type { Project } from '../project.ts'
import { entriesOf } from '../lock-entries.ts'
import { describeRoot } from './describe-root.ts'
import { linkExecutables, refuseConflicts } from './executables.ts'
import { type GlobalHome, globalRoot } from './global-home.ts'
import { type GlobalParts, recovered } from './global-parts.ts'
import { removeRoot, settlePending } from './settle-pending.ts'
import { globalPackage, type GlobalPackages, globalState, readGlobalState, writeGlobalState } from './state-file.ts'

/** The change of one global package. */
export interface RootChange {
  readonly operation: PendingOperation['operation']
  readonly name: PackageName
  /** the version that is installed */
  readonly from: Version | undefined
  /** the version to install; undefined to uninstall it */
  readonly to: Version | undefined
  /** whether the root is a new one, rather than changed in place */
  readonly isNew: boolean
  /** installs the package in its root */
  readonly install: (project: Project) => Promise<InstallReport>
}

export interface ChangedRoot extends Omit<RootChange, 'install' | 'isNew'> {
  readonly report: InstallReport | undefined
}

export interface GlobalChange {
  readonly state: GlobalState
  readonly roots: readonly ChangedRoot[]
}

/**
 * Changes global packages, all or none: a new version is installed beside the old one, and becomes the installed one
 * when the state is replaced, by one rename. Before anything begins, the state names it as pending. So after a crash at
 * any moment, the next command knows what to finish or undo (`settlePending`).
 *
 * Changes within a version come last, each with the journal of its own root.
 */
export async function changeGlobal(
  parts: GlobalParts,
  choose: (packages: GlobalPackages) => Promise<readonly RootChange[]>,
): Promise<GlobalChange> {
  const { home, installation } = parts
  const { lockTimeout, emit } = installation
  const lock = { subject: `the global packages in ${home.packages}`, timeout: lockTimeout, emit }
  try {
    return await withLock(globalLock(home), lock, async (requireHeld) => {
      const before = await recover(parts)
      const changes = await choose(before.packages)
      if (changes.length === 0) return { state: before, roots: [] }
      return await apply(parts, before, { changes, requireHeld })
    })
  } finally {
    parts.staging.sweep()
    installation.sweep()
  }
}

export function globalLock({ state }: GlobalHome): string {
  return state
}

async function recover(parts: GlobalParts): Promise<GlobalState> {
  const state = readGlobalState(parts.home.state)
  if (state.pending.length === 0) return state
  const settled = await settlePending(parts, state)
  for (const operation of state.pending) parts.installation.emit(recovered(operation))
  return settled
}

interface Applying {
  changes: readonly RootChange[]
  requireHeld: () => void
}

async function apply(
  parts: GlobalParts,
  before: GlobalState,
  { changes, requireHeld }: Applying,
): Promise<GlobalChange> {
  const { home, staging, installation } = parts
  const write = (packages: GlobalPackages, committed: boolean) => {
    const state = globalState(
      packages,
      changes.map((change) => pendingOf(change, parts, committed)),
    )
    writeGlobalState(home.state, state, staging.temporary())
    return state
  }
  const begun = write(before.packages, false)
  let isCommitted = false
  try {
    const { packages, roots } = await prepare(parts, before.packages, changes)
    const names = changes.map(({ name }) => name)
    refuseConflicts(home, packages, names)
    installation.signal?.throwIfAborted()
    requireHeld()
    const committed = write(packages, true)
    isCommitted = true
    linkExecutables(home, packages, () => staging.temporary())
    return { state: await settlePending(parts, committed), roots }
  } catch (error) {
    await undo(parts, begun, isCommitted)
    throw error
  }
}

function pendingOf(
  { operation, name, from, to }: RootChange,
  { now }: GlobalParts,
  committed: boolean,
): PendingOperation {
  return { operation, name, from: from ?? null, to: to ?? null, startedAt: now().toISOString(), committed }
}

/** Makes the roots, and returns the packages as they are afterwards. */
async function prepare(parts: GlobalParts, before: GlobalPackages, changes: readonly RootChange[]) {
  const packages = new Map(entriesOf(before))
  const roots: ChangedRoot[] = []
  const inOrder = [...changes].sort((a, b) => Number(b.isNew) - Number(a.isNew))
  for (const { install, isNew, ...change } of inOrder) {
    const { name, from, to } = change
    if (to === undefined) {
      packages.delete(name)
      roots.push({ ...change, report: undefined })
      continue
    }
    const project = globalRoot(parts.home, name, to)
    // An interrupted operation of an earlier state may have left it.
    if (isNew) removeRoot(parts, project)
    const report = await install(project)
    const known = from === to ? globalPackage(before, name) : undefined
    const asked = { requestedBy: parts.requestedBy, installedAt: parts.now().toISOString() }
    packages.set(name, describeRoot(project, name, known ?? asked))
    roots.push({ ...change, report })
  }
  return { packages: Object.fromEntries(packages), roots }
}

/** Restores the state from before. If that fails too, the next command does it. */
async function undo(parts: GlobalParts, begun: GlobalState, isCommitted: boolean): Promise<void> {
  const { home, staging } = parts
  try {
    if (isCommitted) writeGlobalState(home.state, begun, staging.temporary())
    await settlePending(parts, begun)
  } catch {
    // What is pending stays written down.
  }
}
