import path from 'node:path'
import type { Tree } from '../schema/digest.ts'
import { isRelease, type Lock, type LockedPackage } from '../schema/lock.ts'
import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import type { OnDisk } from './disk-tree.ts'
import { entriesOf, lockedPackage } from './lock-entries.ts'
import type { Project } from './project.ts'
import type { Store } from './store.ts'

export type InstallMode = 'link' | 'copy'

/** The change of one package in colony_packages. */
export interface Placement {
  readonly name: PackageName
  readonly version: Version
  readonly locked: LockedPackage
  /** the previous version, if it differs */
  readonly from: Version | undefined
  readonly action: 'keep' | 'put'
}

/** The changes that bring colony_packages in line with the lock. A dry run prints them. */
export interface Plan {
  readonly placements: readonly Placement[]
  readonly removals: readonly PackageName[]
  /** trees missing from the store, each with one package that has it */
  readonly toUnpack: readonly { name: PackageName; version: Version; tree: Tree }[]
}

/** The changes of one colony_packages: that of a project, or of the root or a member of a workspace. */
export interface PlacePlan {
  readonly place: Project
  /** what of the lock belongs there */
  readonly lock: Lock
  readonly plan: Plan
}

interface PlanInput {
  lock: Lock
  /** the previous lock */
  before: Lock | undefined
  disk: ReadonlyMap<PackageName, OnDisk>
  /** the folder of the lock, which the paths in it are relative to */
  root: string
  store: Store
  mode: InstallMode
  /** damaged real copies */
  damagedCopies?: ReadonlySet<PackageName>
}

export function makePlan({ lock, before, disk, root, store, mode, damagedCopies }: PlanInput): Plan {
  const toUnpack = new Map<Tree, { name: PackageName; version: Version; tree: Tree }>()
  const placements = entriesOf(lock.packages).map(([name, locked]): Placement => {
    const { version } = locked
    if (isRelease(locked) && !store.has(locked.tree)) toUnpack.set(locked.tree, { name, version, tree: locked.tree })
    const old = before && lockedPackage(before, name)?.version
    const stays = isInPlace(disk.get(name), locked, root, store, mode) && damagedCopies?.has(name) !== true
    const action = stays ? 'keep' : 'put'
    return { name, version, locked, from: old === version ? undefined : old, action }
  })
  const removals = [...disk.keys()].filter((name) => !Object.hasOwn(lock.packages, name))
  return { placements, removals, toUnpack: [...toUnpack.values()] }
}

/** Returns the plan of several places as one: a package is put if any of them lacks it. */
export function joinPlans(plans: readonly Plan[]): Plan {
  const [only, another] = plans
  if (only !== undefined && another === undefined) return only
  const placements = new Map<PackageName, Placement>()
  for (const placement of plans.flatMap((plan) => plan.placements))
    if (placements.get(placement.name)?.action !== 'put') placements.set(placement.name, placement)
  const toUnpack = new Map(plans.flatMap((plan) => plan.toUnpack).map((each) => [each.tree, each]))
  return {
    placements: [...placements.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    removals: [...new Set(plans.flatMap(({ removals }) => removals))].sort(),
    toUnpack: [...toUnpack.values()],
  }
}

/** Returns the target of a package's link. */
export function targetOf(locked: LockedPackage, root: string, store: Store): string {
  return isRelease(locked) ? store.path(locked.tree) : path.resolve(root, locked.path)
}

function isInPlace(
  there: OnDisk | undefined,
  locked: LockedPackage,
  root: string,
  store: Store,
  mode: InstallMode,
): boolean {
  if (isRelease(locked) && mode === 'copy') return there?.kind === 'folder' && there.tree === locked.tree
  return there?.kind === 'link' && there.target === targetOf(locked, root, store)
}

export function isUpToDate({ placements, removals, toUnpack }: Plan): boolean {
  return removals.length === 0 && toUnpack.length === 0 && placements.every(({ action }) => action === 'keep')
}
