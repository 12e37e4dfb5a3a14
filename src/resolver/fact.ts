import type { Version } from '../schema/version.ts'
import type { Fact } from './cause.ts'
import type { Demand } from './demand.ts'
import { Incompatibility } from './incompatibility.ts'
import type { Package } from './package.ts'
import { VersionSet } from './version-set.ts'

/** What the demand of one version rules out: that version, with the package it demands in any state but the wanted ones. */
export function factOf(by: Package, place: number, { range }: Demand, target: Package): Incompatibility | undefined {
  const versions = VersionSet.single(by.anything.size, place)
  return fact(by, versions, target, target.matching(range), [range])
}

/**
 * A fact about more versions: all that can do with nothing but `within`, states of the target. Where those are the states that
 * led to a conflict, all these versions led to it, and need not be learned about one by one.
 * @param among the versions of the demanding package to look at: each costs to read
 * @returns the given one where there are no more such versions
 */
export function widened(narrow: Incompatibility, within: VersionSet, among: VersionSet): Incompatibility {
  if (narrow.cause.type !== 'demand') return narrow
  const { by, target, versions, wanted } = narrow.cause
  // A package that does not exist is demanded in vain, whatever the range.
  const isAlike = (matching: VersionSet) => !target.exists || matching.isSubsetOf(within)
  if (by === target || !isAlike(wanted)) return narrow
  let all = versions
  let any = wanted
  const ranges: string[] = []
  for (const shared of by.demandsOn(target.name, among)) {
    const matching = target.matching(shared.range)
    if (!isAlike(matching)) continue
    all = all.union(shared.versions)
    any = any.union(matching)
    ranges.push(shared.range)
  }
  if (all.equals(versions)) return narrow
  return fact(by, all, target, any, ranges) ?? narrow
}

/** What keeping a package as the lock has it rules out; undefined where that version may not be chosen. */
export function lockFactOf(target: Package, version: Version): Incompatibility | undefined {
  const place = target.placeOf(version)
  if (place === undefined) return undefined
  return incompatibilityOf({ type: 'lock', target, wanted: VersionSet.single(target.anything.size, place) })
}

function fact(
  by: Package,
  versions: VersionSet,
  target: Package,
  wanted: VersionSet,
  ranges: readonly string[],
): Incompatibility | undefined {
  return incompatibilityOf({ type: 'demand', by, versions, target, wanted, ranges })
}

/** What a fact rules out; undefined where that is nothing. */
export function incompatibilityOf(fact: Fact): Incompatibility | undefined {
  const { target, wanted } = fact
  if (fact.type === 'lock') {
    const others = target.anyVersion.minus(wanted)
    return others.isEmpty ? undefined : new Incompatibility([{ package: target, versions: others }], fact)
  }
  const { by, versions } = fact
  if (by === target) {
    // A version that demands its own package in a range it is not in rules itself out; any other demands nothing new.
    const outside = versions.minus(wanted)
    return outside.isEmpty ? undefined : new Incompatibility([{ package: by, versions: outside }], fact)
  }
  const dependent = { package: by, versions }
  // Where nothing matches, "not one of them" is always true, and the versions that ask for it are ruled out as they are.
  if (wanted.isEmpty) return new Incompatibility([dependent], fact)
  return new Incompatibility([dependent, { package: target, versions: wanted.complement() }], fact)
}
