import type { PackageName } from '../schema/name.ts'
import type { RequiredDependency } from './required-dependency.ts'
import { LEFT_OUT, VersionSet } from './version-set.ts'

/** The versions of one package that require the same of another. */
export interface SharedDependency {
  readonly range: string
  readonly versions: VersionSet
}

/** What many versions of a package require, grouped by equal requirements. Only packages in conflicts need this. */
export class GroupedDependencies {
  /** the versions whose dependencies are already grouped */
  gathered: VersionSet
  private readonly size: number
  private readonly dependenciesAt: (versionIndex: number) => readonly RequiredDependency[]
  private readonly groups = new Map<PackageName, Map<string, VersionSet>>()

  /** @param size of the version sets of the package @param dependenciesAt reads the dependencies of one version */
  constructor(size: number, dependenciesAt: (versionIndex: number) => readonly RequiredDependency[]) {
    this.size = size
    this.dependenciesAt = dependenciesAt
    this.gathered = VersionSet.empty(size)
  }

  /** Returns the groups that require a package. @param among versions to read, besides those read before */
  on(name: PackageName, among: VersionSet): SharedDependency[] {
    this.gather(among)
    return [...(this.groups.get(name) ?? [])].map(([range, versions]) => ({ range, versions }))
  }

  private gather(among: VersionSet): void {
    if (among.isSubsetOf(this.gathered)) return
    const fresh = new Map<PackageName, Map<string, number[]>>()
    for (const versionIndex of among.minus(this.gathered).versionIndexes()) {
      if (versionIndex === LEFT_OUT) continue
      for (const { name: on, requirement: range } of this.dependenciesAt(versionIndex)) {
        const byRange = fresh.get(on) ?? new Map<string, number[]>()
        fresh.set(on, byRange)
        const alike = byRange.get(range)
        if (alike === undefined) byRange.set(range, [versionIndex])
        else alike.push(versionIndex)
      }
    }
    this.gathered = this.gathered.union(among)
    for (const [on, byRange] of fresh) {
      const known = this.groups.get(on) ?? new Map<string, VersionSet>()
      this.groups.set(on, known)
      for (const [range, versionIndexes] of byRange) {
        const versions = VersionSet.of(this.size, versionIndexes)
        known.set(range, known.get(range)?.union(versions) ?? versions)
      }
    }
  }
}
