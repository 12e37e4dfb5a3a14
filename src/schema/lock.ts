import { z } from 'zod'
import { FeatureName } from './dependency.ts'
import { Blake3, KeyId, Tree } from './digest.ts'
import { PackageName } from './name.ts'
import { RegistryId } from './registry-config.ts'
import { Requirement, Version } from './version.ts'

const WrittenDependency = z.union([
  Requirement,
  z.strictObject({
    version: Requirement,
    optional: z.literal(true).optional(),
    features: z.array(FeatureName).optional(),
  }),
])
const WrittenDependencies = z.record(PackageName, WrittenDependency)

/**
 * What a root required when the lock was written; compared with the manifest to see whether the lock is still up to
 * date.
 */
export const LockedRoot = z.strictObject({
  dependencies: WrittenDependencies,
  devDependencies: WrittenDependencies,
  overrides: z.record(PackageName, Requirement),
})
export type LockedRoot = z.infer<typeof LockedRoot>

const common = { version: Version, dependencies: WrittenDependencies }

/** A package from a registry, pinned by the digest of its contents. */
export const LockedRelease = z.strictObject({
  ...common,
  registry: RegistryId,
  tree: Tree,
  tar: Blake3,
  /** the first key of the chain of owners: the first to publish under this name; null if nobody signs */
  owner: KeyId.nullable(),
})
export type LockedRelease = z.infer<typeof LockedRelease>

/** A package in a local folder: without digests, since its contents may change at any time. */
export const LockedFolder = z.strictObject({ ...common, path: z.string().min(1).max(1024) })
export type LockedFolder = z.infer<typeof LockedFolder>

export const LockedPackage = z.union([LockedRelease, LockedFolder])
export type LockedPackage = z.infer<typeof LockedPackage>

export const Lock = z.strictObject({
  schemaVersion: z.literal(1),
  /** the project as `.`, and the members of its workspace by path */
  roots: z.object({ '.': LockedRoot }).catchall(LockedRoot),
  /** optional dependencies that were left out, with the reason */
  omitted: z.record(PackageName, z.string()),
  packages: z.record(PackageName, LockedPackage),
})
export type Lock = z.infer<typeof Lock>

export function isRelease(locked: LockedPackage): locked is LockedRelease {
  return 'tree' in locked
}
