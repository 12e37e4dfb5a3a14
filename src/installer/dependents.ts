import type { Lock, LockedPackage } from '../schema/lock.ts'
import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import { entriesOf } from './lock-entries.ts'

/** A package on a path from the root, with the requirement that selected it. */
export interface Step {
  readonly name: PackageName
  readonly version: Version
  readonly requirement: string
  /** the member of the workspace that requires it, on the first step */
  readonly by?: string
}

type Written = LockedPackage['dependencies'][PackageName]

/**
 * Returns the paths from the roots to a package: the shortest one through each package that depends on it, shortest
 * first. Each path ends with the package itself.
 */
export function dependentsOf(lock: Lock, name: PackageName): Step[][] {
  const ways = shortestWays(lock)
  const found: Step[][] = []
  const target = lock.packages[name]
  if (!target) return []
  const step = (written: Written): Step => ({ name, version: target.version, requirement: requirementOf(written) })
  for (const { asked, written, by } of askedByRoots(lock)) if (asked === name) found.push([{ ...step(written), ...by }])
  for (const [by, { dependencies }] of entriesOf(lock.packages)) {
    const written = dependencies[name]
    const way = ways.get(by)
    if (written !== undefined && way !== undefined && by !== name) found.push([...way, step(written)])
  }
  return found.sort((a, b) => a.length - b.length)
}

interface AskedByRoot {
  readonly asked: PackageName
  readonly written: Written
  readonly by: Pick<Step, 'by'>
}

function askedByRoots({ roots }: Lock): AskedByRoot[] {
  return Object.entries(roots).flatMap(([path, { dependencies, devDependencies }]) => {
    const by = path === '.' ? {} : { by: path }
    return entriesOf({ ...devDependencies, ...dependencies }).map(([asked, written]) => ({ asked, written, by }))
  })
}

/** Returns the shortest path from a root to each package; ties go to the first by name. */
function shortestWays(lock: Lock): Map<PackageName, readonly Step[]> {
  const ways = new Map<PackageName, readonly Step[]>()
  let edge: (readonly [way: readonly Step[], asked: PackageName, written: Written, by?: Pick<Step, 'by'>])[] =
    askedByRoots(lock).map(({ asked, written, by }) => [[], asked, written, by] as const)
  while (edge.length > 0) {
    const next: typeof edge = []
    for (const [way, asked, written, by] of edge) {
      const locked = lock.packages[asked]
      if (!locked || ways.has(asked)) continue
      const here = [...way, { name: asked, version: locked.version, requirement: requirementOf(written), ...by }]
      ways.set(asked, here)
      for (const [further, wanted] of entriesOf(locked.dependencies)) next.push([here, further, wanted])
    }
    edge = next
  }
  return ways
}

function requirementOf(written: Written): string {
  return typeof written === 'string' ? written : written.version
}
