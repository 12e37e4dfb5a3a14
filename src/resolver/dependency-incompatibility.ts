import type { Version } from '../schema/version.ts'
import { type ExternalCause, Incompatibility } from './incompatibility.ts'
import type { Package } from './package.ts'
import type { Term } from './term.ts'
import { VersionSet } from './version-set.ts'

/**
 * Returns what a dependency of one version rules out: that version together with any state of the required package that
 * it doesn't want.
 * @param dependent the version, as a term
 */
export function dependencyIncompatibility(
  dependent: Term,
  range: string,
  target: Package,
): Incompatibility | undefined {
  const { package: by, versions } = dependent
  const match = target.match(range)
  const external: ExternalCause = {
    type: 'dependency',
    by,
    versions,
    target,
    wanted: match.versions,
    ranges: match.ranges,
  }
  if (by === target || match.versions.isEmpty) return incompatibilityOf(external)
  return new Incompatibility([dependent, match.others], external)
}

/**
 * Widens a cause to all versions that can't work with anything outside `within`, a set of states of the target. If
 * those states led to a conflict, all these versions led to it, and need not be learned one by one.
 * @param among the versions of the dependent to look at; reading each has a cost
 * @returns the original if there are no more such versions
 */
export function widenIncompatibility(narrow: Incompatibility, within: VersionSet, among: VersionSet): Incompatibility {
  if (narrow.cause.type !== 'dependency') return narrow
  const { by, target, versions, wanted } = narrow.cause
  // A dependency on a package that doesn't exist can't be met, whatever its range.
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

/** Returns what keeping the locked version of a package rules out, or undefined if it can't be chosen. */
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

/** Returns what a cause rules out, or undefined if it rules out nothing. */
export function incompatibilityOf(cause: ExternalCause): Incompatibility | undefined {
  const { target, wanted } = cause
  if (cause.type === 'lock') {
    const others = target.anyVersion.minus(wanted)
    return others.isEmpty ? undefined : new Incompatibility([{ package: target, versions: others }], cause)
  }
  const { by, versions } = cause
  if (by === target) {
    // A version that requires its own package in a range that excludes it rules itself out; any other self-dependency
    // adds nothing.
    const outside = versions.minus(wanted)
    return outside.isEmpty ? undefined : new Incompatibility([{ package: by, versions: outside }], cause)
  }
  const dependent = { package: by, versions }
  // If nothing matches, "not one of them" is always true, so the dependent versions are ruled out on their own.
  if (wanted.isEmpty) return new Incompatibility([dependent], cause)
  return new Incompatibility([dependent, { package: target, versions: wanted.complement() }], cause)
}
