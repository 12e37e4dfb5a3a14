import type { Lock } from '../schema/lock.ts'
import type { PackageName } from '../schema/name.ts'
import { namesIn } from '../core/atomic-file.ts'
import { CpmError } from '../core/errors.ts'
import { safeJoin } from '../core/safe-path.ts'
import { type OnDisk, readDiskTree } from './disk-tree.ts'
import type { Installation, InstallRequest } from './installation.ts'
import { releasesOf } from './lock-entries.ts'
import { keyOf, type Places, placesOf } from './places.ts'
import { makePlan, type PlacePlan, type Plan } from './plan.ts'
import type { Project } from './project.ts'
import { findDamagedCopies } from './prove/prove-store.ts'
import { partOf } from './workspace/lock-part.ts'

/** Returns the places whose packages a request installs. */
export function installedPlaces(places: Places, { installIn }: Pick<InstallRequest, 'installIn'>): readonly Project[] {
  const all = placesOf(places)
  if (!installIn) return all
  const chosen = new Set(installIn.map(keyOf))
  return all.filter((place) => chosen.has(keyOf(place)))
}

interface PlanOptions {
  parts: Installation
  /** the lock before, if there is one */
  before: Lock | undefined
  /** look for damaged copies */
  proveAll?: boolean
}

/**
 * Plans the changes of each colony_packages. A member gets what it requires, and what that needs.
 * @throws CpmError PROJECT_UNSAFE if a folder that cpm did not create is in the way
 */
export async function planPlaces(
  places: readonly Project[],
  lock: Lock,
  { parts, before, proveAll = false }: PlanOptions,
): Promise<PlacePlan[]> {
  const { project, store, mode } = parts
  const plans: PlacePlan[] = []
  for (const place of places) {
    const disk = readDiskTree(place)
    const part = partOf(lock, [keyOf(place)])
    const damagedCopies = proveAll
      ? await findDamagedCopies(releasesOf(part), disk, { ...parts, project: place })
      : new Set<PackageName>()
    const plan = makePlan({ lock: part, before, disk, root: project.root, store, mode, damagedCopies })
    refuseToRemoveOthers(place, plan, disk)
    plans.push({ place, lock: part, plan })
  }
  return plans
}

/**
 * cpm may replace links, and copies that it recorded. A non-empty folder that cpm did not create may be somebody's
 * work.
 * @throws CpmError PROJECT_UNSAFE
 */
function refuseToRemoveOthers(
  { packages, member }: Project,
  { placements, removals }: Plan,
  disk: ReadonlyMap<PackageName, OnDisk>,
): void {
  const names = [...placements.filter(({ action }) => action === 'put').map(({ name }) => name), ...removals]
  const foreign = names.find((name) => {
    const there = disk.get(name)
    return there?.kind === 'folder' && there.tree === undefined && namesIn(safeJoin(packages, name)).length > 0
  })
  if (foreign === undefined) return
  const where = `${member === undefined ? '' : `${member}/`}colony_packages/${foreign}`
  throw new CpmError('PROJECT_UNSAFE', `${where} is a folder that cpm did not create`, {
    hint: 'move or remove it, and run the command again',
  })
}
