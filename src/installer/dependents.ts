import type { Lock, LockedPackage } from '../schema/lock.ts'
import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import { entriesOf } from './lock-entries.ts'

/** A package on a path from the root, with the requirement that selected it. */
export interface Step {
  readonly name: PackageName
  readonly version: Version
  readonly requirement: string
}

type Written = LockedPackage['dependencies'][PackageName]

/**
 * Returns the paths from the root to a package: the shortest one through each package that depends on it, shortest
 * first. Each path ends with the package itself.
 */
export function dependentsOf(lock: Lock, name: PackageName): Step[][] {
  const ways = shortestWays(lock)
  const root = { ...lock.roots['.'].devDependencies, ...lock.roots['.'].dependencies }
  const found: Step[][] = []
  const target = lock.packages[name]
  if (!target) return []
  const step = (written: Written): Step => ({ name, version: target.version, requirement: requirementOf(written) })
  for (const [asked, written] of entriesOf(root)) if (asked === name) found.push([step(written)])
  for (const [by, { dependencies }] of entriesOf(lock.packages)) {
    const written = dependencies[name]
    const way = ways.get(by)
    if (written !== undefined && way !== undefined && by !== name) found.push([...way, step(written)])
  }
  return found.sort((a, b) => a.length - b.length)
}

/** Returns the shortest path from the root to each package; ties go to the first by name. */
function shortestWays(lock: Lock): Map<PackageName, readonly Step[]> {
  const ways = new Map<PackageName, readonly Step[]>()
  const root = { ...lock.roots['.'].devDependencies, ...lock.roots['.'].dependencies }
  let edge: (readonly [way: readonly Step[], asked: PackageName, written: Written])[] = entriesOf(root).map(
    ([asked, written]) => [[], asked, written] as const,
  )
  while (edge.length > 0) {
    const next: typeof edge = []
    for (const [way, asked, written] of edge) {
      const locked = lock.packages[asked]
      if (!locked || ways.has(asked)) continue
      const here = [...way, { name: asked, version: locked.version, requirement: requirementOf(written) }]
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
