import semver from 'semver'
import type { Dependency } from '../../schema/dependency.ts'
import type { Lock } from '../../schema/lock.ts'
import { requirementPath } from '../../schema/version.ts'
import { canonicalJson } from '../../core/canonical-json.ts'
import { CpmError } from '../../core/errors.ts'
import { lockedFolder, memberPackages } from '../folder-packages.ts'
import { lockedPackage } from '../lock-entries.ts'
import { lockedRoots, manifestOf, overridesOf, type Root, type Roots, wantedByRoot } from '../roots.ts'

/**
 * Checks that members can use each other's folders: a name that a member has always means that member, so its version
 * must be in the range.
 * @throws CpmError NO_SOLUTION
 */
export function requireFittingMembers(roots: Roots): void {
  if (roots.length === 1) return
  const byName = new Map(roots.map((root) => [root.manifest.name, root]))
  const overridden = new Set(overridesOf(roots).map(({ name }) => name))
  for (const root of roots) {
    for (const dependency of wantedByRoot(root.manifest)) {
      const other = byName.get(dependency.name)
      if (other && !dependency.optional && !overridden.has(dependency.name)) requireFitting(root, dependency, other)
    }
  }
}

function requireFitting({ path }: Root, { name, requirement }: Dependency, other: Root): void {
  const { version } = other.manifest
  const who = `${manifestOf({ path })} requires ${name} ${requirement}`
  if (version === undefined)
    throw new CpmError('NO_SOLUTION', `${who}, but the member in ${other.path} has no version`, {
      hint: `add a line such as  version: 0.1.0  to ${manifestOf(other)}`,
    })
  if (requirementPath(requirement) !== null || semver.satisfies(version, requirement)) return
  throw new CpmError('NO_SOLUTION', `${who}, but the workspace has ${name} ${version} in ${other.path}`, {
    hint: `require ${name} ^${version} in ${manifestOf({ path })}`,
    details: { member: path, name, requirement, version },
  })
}

/** Returns what a lock was not made for, in words; undefined if that is not in a manifest. */
export function outdatedPart(lock: Lock, roots: Roots): string | undefined {
  const now = lockedRoots(roots)
  const changed = Object.keys(now).find((path) => canonicalJson(now[path]) !== canonicalJson(lock.roots[path] ?? null))
  if (changed !== undefined)
    return Object.hasOwn(lock.roots, changed)
      ? manifestOf({ path: changed })
      : `the workspace: it does not have ${changed}`
  const gone = Object.keys(lock.roots).find((path) => !Object.hasOwn(now, path))
  if (gone !== undefined) return `the workspace: ${gone} is no longer a member`
  const other = [...memberPackages(roots).values()].find((member) => {
    const locked = lockedPackage(lock, member.name)
    return locked && canonicalJson(locked) !== canonicalJson(lockedFolder(member))
  })
  return other && manifestOf(other)
}
