import type { Dependency } from '../schema/dependency.ts'
import type { PackageName } from '../schema/name.ts'
import type { Package } from './package.ts'
import type { Problem } from './problem.ts'
import { VersionSet } from './version-set.ts'

/**
 * Versions of one package that require another package alike. Versions next to each other mostly ask for the same, so
 * one demand, and later one incompatibility, stands for what would otherwise be hundreds of equal ones.
 */
export interface Demand {
  readonly by: Package
  readonly versions: VersionSet
  readonly on: PackageName
  /** the range that counts: the override's, where there is one */
  readonly range: string
  readonly isOverridden: boolean
  /** all demands of this package's versions on that other package, this one among them */
  readonly kin: readonly Demand[]
}

/** The range that counts for a dependency. */
export function effectiveRange(dependency: Dependency, overrides: Problem['overrides']): string {
  return overrides.get(dependency.name) ?? dependency.requirement
}

/**
 * The demands of each version, by its place. Optional dependencies are none: they are looked at when all versions
 * that are required stand. The root's keep their order, the others are sorted: the order of keys must not matter.
 */
export function gatherDemands(by: Package, overrides: Problem['overrides']): (readonly Demand[])[] {
  const places = new Map<PackageName, Map<string, number[]>>()
  by.candidates.forEach((candidate, index) => {
    for (const dependency of candidate.dependencies) {
      if (dependency.optional) continue
      const range = effectiveRange(dependency, overrides)
      const byRange = places.get(dependency.name) ?? new Map<string, number[]>()
      places.set(dependency.name, byRange)
      const alike = byRange.get(range)
      if (alike === undefined) byRange.set(range, [index + 1])
      else alike.push(index + 1)
    }
  })

  const names = [...places.keys()]
  if (!by.isRoot) names.sort()
  const demands: Demand[][] = Array.from({ length: by.candidates.length + 1 }, () => [])
  for (const on of names) {
    const kin: Demand[] = []
    for (const [range, alike] of places.get(on) ?? []) {
      const versions = VersionSet.of(by.anything.size, alike)
      const demand = { by, versions, on, range, isOverridden: overrides.has(on), kin }
      kin.push(demand)
      for (const place of alike) demands[place]?.push(demand)
    }
  }
  return demands
}
