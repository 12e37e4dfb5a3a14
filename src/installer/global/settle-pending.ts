import fs from 'node:fs'
import path from 'node:path'
import type { GlobalState, PendingOperation } from '../../schema/global-state.ts'
import { isThere } from '../../core/atomic-file.ts'
import { CpmError, fileError, systemCode } from '../../core/errors.ts'
import { withLock } from '../../core/locks.ts'
import { recoverProject } from '../apply.ts'
import { lockOptions, projectLock } from '../consistent-view.ts'
import type { Project } from '../project.ts'
import { describeRoot } from './describe-root.ts'
import { linkExecutables } from './executables.ts'
import { globalRoot } from './global-home.ts'
import type { GlobalParts } from './global-parts.ts'
import { globalPackage, type GlobalPackages, globalState, writeGlobalState } from './state-file.ts'

/**
 * Finishes the pending operations whose result the state has, and undoes the others: `packages` is the truth, and the
 * links to executables and the folders of roots follow from it. May be interrupted and repeated at any point.
 */
export async function settlePending(parts: GlobalParts, { packages, pending }: GlobalState): Promise<GlobalState> {
  const { home, staging } = parts
  const now = await settleInPlace(parts, packages, pending)
  linkExecutables(home, now, () => staging.temporary())
  for (const { name, from, to } of pending) {
    for (const version of [from, to])
      if (version !== null && globalPackage(now, name)?.version !== version)
        removeRoot(parts, globalRoot(home, name, version))
  }
  const settled = globalState(now, [])
  writeGlobalState(home.state, settled, staging.temporary())
  return settled
}

/** A change within a version has the journal of its project, so it is finished or undone on its own. */
async function settleInPlace(
  parts: GlobalParts,
  packages: GlobalPackages,
  pending: readonly PendingOperation[],
): Promise<GlobalPackages> {
  const { store, emit } = parts.installation
  const now = { ...packages }
  for (const { name, from, to } of pending) {
    const known = globalPackage(packages, name)
    if (!known || from !== to || known.version !== to) continue
    const project = globalRoot(parts.home, name, to)
    if (!isThere(project.changes)) continue
    await withLock(projectLock(project), lockOptions(project, parts.installation), () => {
      recoverProject(project, store, emit)
      return Promise.resolve()
    })
    now[name] = describedOr(known, () => describeRoot(project, name, known))
  }
  return now
}

/** A root whose lock is damaged stays as it was known, and an installation mends it. */
function describedOr<T>(known: T, describe: () => T): T {
  try {
    return describe()
  } catch (error) {
    if (error instanceof CpmError) return known
    throw error
  }
}

/** Removes a root, with the folders that only it was in. Its packages then count as unused. */
export function removeRoot({ home, installation: { store } }: GlobalParts, project: Project): void {
  if (!isThere(project.root)) return
  store.forgetProject(project.root)
  try {
    fs.rmSync(project.root, { recursive: true, force: true })
  } catch (error) {
    throw fileError(error, 'remove', project.root)
  }
  for (let folder = path.dirname(project.root); folder !== home.packages; folder = path.dirname(folder))
    if (!removeIfEmpty(folder)) return
}

function removeIfEmpty(folder: string): boolean {
  try {
    fs.rmdirSync(folder)
    return true
  } catch (error) {
    if (systemCode(error) === 'ENOTEMPTY' || systemCode(error) === 'EEXIST') return false
    throw fileError(error, 'remove', folder)
  }
}
