import type { Version } from '../schema/version.ts'
import type { RequiredDependency } from './required-dependency.ts'
import { type ExternalCause, Incompatibility } from './incompatibility.ts'
import type { Package } from './package.ts'
import { VersionSet } from './version-set.ts'

/** What the require of one version rules out: that version, with the package it requires in any state but the wanted ones. */
export function dependencyIncompatibility(
  by: Package,
  versionIndex: number,
  { range }: RequiredDependency,
  target: Package,
): Incompatibility | undefined {
  const versions = VersionSet.single(by.anything.size, versionIndex)
  return cause(by, versions, target, target.matching(range), [range])
}

/**
 * A cause about more versions: all that can do with nothing but `within`, states of the target. Where those are the states that
 * led to a conflict, all these versions led to it, and need not be learned about one by one.
 * @param among the versions of the demanding package to look at: each costs to read
 * @returns the given one where there are no more such versions
 */
export function widenIncompatibility(narrow: Incompatibility, within: VersionSet, among: VersionSet): Incompatibility {
  if (narrow.cause.type !== 'dependency') return narrow
  const { by, target, versions, wanted } = narrow.cause
  // A package that does not exist is required in vain, whatever the range.
  const isAlike = (matching: VersionSet) => !target.exists || matching.isSubsetOf(within)
  if (by === target || !isAlike(wanted)) return narrow
  let all = versions
  let any = wanted
  const ranges: string[] = []
  for (const shared of by.dependenciesOn(target.name, among)) {
    const matching = target.matching(shared.range)
    if (!isAlike(matching)) continue
    all = all.union(shared.versions)
    any = any.union(matching)
    ranges.push(shared.range)
  }
  if (all.equals(versions)) return narrow
  return cause(by, all, target, any, ranges) ?? narrow
}

/** What keeping a package as the lock has it rules out; undefined where that version may not be chosen. */
export function lockIncompatibility(target: Package, version: Version): Incompatibility | undefined {
  const versionIndex = target.versionIndexOf(version)
  if (versionIndex === undefined) return undefined
  return incompatibilityOf({ type: 'lock', target, wanted: VersionSet.single(target.anything.size, versionIndex) })
}

function cause(
  by: Package,
  versions: VersionSet,
  target: Package,
  wanted: VersionSet,
  ranges: readonly string[],
): Incompatibility | undefined {
  return incompatibilityOf({ type: 'dependency', by, versions, target, wanted, ranges })
}

/** What a cause rules out; undefined where that is nothing. */
export function incompatibilityOf(cause: ExternalCause): Incompatibility | undefined {
  const { target, wanted } = cause
  if (cause.type === 'lock') {
    const others = target.anyVersion.minus(wanted)
    return others.isEmpty ? undefined : new Incompatibility([{ package: target, versions: others }], cause)
  }
  const { by, versions } = cause
  if (by === target) {
    // A version that requires its own package in a range it is not in rules itself out; any other requires nothing new.
    const outside = versions.minus(wanted)
    return outside.isEmpty ? undefined : new Incompatibility([{ package: by, versions: outside }], cause)
  }
  const dependent = { package: by, versions }
  // Where nothing matches, "not one of them" is always true, and the versions that ask for it are ruled out as they are.
  if (wanted.isEmpty) return new Incompatibility([dependent], cause)
  return new Incompatibility([dependent, { package: target, versions: wanted.complement() }], cause)
}
