import type { PackageName } from '../../schema/name.ts'
import type { Version } from '../../schema/version.ts'
import { closest, didYouMean } from '../../core/did-you-mean.ts'
import { CpmError } from '../../core/errors.ts'
import { install as applyInstall } from '../../installer/install.ts'
import { entriesOf } from '../../installer/lock-entries.ts'
import { readLock } from '../../installer/lockfile.ts'
import { isSelected, type Selected } from '../../installer/manifest-change.ts'
import { keyOf, placesOf } from '../../installer/places.ts'
import { partOf } from '../../installer/workspace/lock-part.ts'
import { readRoots } from '../../installer/workspace/read-roots.ts'
import type { Session } from '../session.ts'
import { chooseUpdates } from './choose-updates.ts'
import { createInstallation, type InstallationFlags } from './installation.ts'
import { type InstallResult, installResult } from './install-result.ts'
import { type FilterFlags, requireOwnScope, type Scope, selectedIn } from './scope.ts'
import { readSelection, type SelectionFlags } from './selection.ts'

export interface UpdateOptions extends InstallationFlags, SelectionFlags, FilterFlags {
  /** packages to update; by default all */
  names?: readonly PackageName[]
  /** let the user choose the packages instead */
  interactive?: boolean
  /** ignore the ranges in colony.yaml, and change them */
  latest?: boolean
  /** plan without changing anything */
  dryRun?: boolean
}

export type UpdateResult = InstallResult & {
  /** direct dependencies that did not get the newest version in their range */
  readonly heldBack: readonly { readonly name: PackageName; readonly newest: Version }[]
  /** what the newest versions are incompatible with */
  readonly others: string
}

/**
 * Updates packages to newer versions than colony.lock has.
 * @throws CpmError PACKAGE_NOT_FOUND for a name that the project does not have; otherwise the errors of `install`
 */
export async function update(session: Session, options: UpdateOptions = {}): Promise<UpdateResult> {
  const { names: given = [], interactive = false, latest = false, dryRun = false, ...flags } = options
  if (interactive && given.length > 0)
    throw new CpmError('USAGE', "--interactive and names of packages can't be used together", { hint: 'cpm update -i' })
  const scope = requireOwnScope(session, flags, ['cpm update -g', ...given].join(' '))
  const { registry, offline, lockTimeout, filter } = flags
  const names = interactive
    ? await chooseUpdates(session, { latest, registry, lockTimeout, filter, ...(offline !== undefined && { offline }) })
    : given
  const { project, members } = scope
  requireKnown(names, scope)
  const selected: Selected = interactive || names.length > 0 ? names : usedBy(scope)
  const installation = await createInstallation(session, project, flags, { members })
  const report = await applyInstall(installation, {
    dryRun,
    mayUpgrade: selected,
    selection: readSelection(session.cwd, flags),
    change: latest && selected.length > 0 ? { type: 'upgrade', names: selected } : undefined,
    changeIn: selectedIn(scope),
  })
  const heldBack = [...report.heldBack].map(([name, newest]) => ({ name, newest }))
  return {
    ...installResult(report),
    heldBack: heldBack.filter(({ name }) => isSelected(selected, name)),
    others: selected === 'all' ? 'the other packages' : 'the other packages in colony.lock',
  }
}

/** Returns what the selected members use; all packages in the root of a workspace, or outside of one. */
function usedBy(scope: Scope): Selected {
  const selected = selectedIn(scope)
  const read = readLock(scope.project.lockFile)
  if (selected.length === placesOf(scope).length || read.kind !== 'lock') return 'all'
  return entriesOf(partOf(read.lock, selected.map(keyOf)).packages).map(([name]) => name)
}

/** @throws CpmError PACKAGE_NOT_FOUND for a name that the project does not have */
function requireKnown(names: readonly PackageName[], scope: Scope): void {
  const read = readLock(scope.project.lockFile)
  const manifests = readRoots(placesOf(scope)).map(({ manifest }) => manifest)
  const direct = manifests.flatMap(({ dependencies, devDependencies }) => [...dependencies, ...devDependencies])
  const known = new Set<string>(direct.map(({ name }) => name))
  if (read.kind === 'lock') for (const name of Object.keys(read.lock.packages)) known.add(name)
  const unknown = names.find((name) => !known.has(name))
  if (unknown === undefined) return
  throw new CpmError('PACKAGE_NOT_FOUND', `the project does not use ${unknown}${didYouMean(unknown, [...known])}`, {
    hint: closest(unknown, known) === undefined ? `cpm install ${unknown}` : 'cpm list',
  })
}
