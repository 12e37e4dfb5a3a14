import { z } from 'zod'
import { KeyId, Blake3, Tree } from './digest.ts'
import { isPackageName, PackageName } from './name.ts'
import { RegistryId } from './registry-config.ts'
import { Line } from './text.ts'
import { TokenSummary } from './token.ts'
import { Range, Version } from './version.ts'

/** The documents of a registry, the same over HTTP and from a folder. */

const Instant = z.iso.datetime()
const Size = z.int().nonnegative()

/** A package in a list, described by its newest version. */
export const PackageSummary = z.object({
  name: PackageName,
  /**
   * the newest version that is neither yanked nor a pre-release; else the newest that is not yanked, else the newest
   */
  version: Version,
  description: z.string(),
  keywords: z.array(z.string()),
  authors: z.array(z.string()),
  license: z.string().nullable(),
  publishedAt: Instant,
  versions: z.int().positive(),
  /** all versions are yanked */
  yanked: z.boolean(),
  deprecated: z.boolean(),
})
export type PackageSummary = z.infer<typeof PackageSummary>

export const PackagePage = z.object({
  packages: z.array(PackageSummary),
  /** the number of packages on all pages */
  total: Size,
  /** pass it as `after` for the next page; null on the last page */
  next: PackageName.nullable(),
})
export type PackagePage = z.infer<typeof PackagePage>

/** The status of a version, which can change after it was published. */
export const ReleaseStatus = z.object({
  yanked: z.boolean(),
  yankReason: z.string().nullable(),
  deprecated: z.boolean(),
  deprecationReason: z.string().nullable(),
  /** what to use instead, as its owner wrote it */
  replacement: z.string().nullable(),
})
export type ReleaseStatus = z.infer<typeof ReleaseStatus>

export const VersionSummary = z.object({
  version: Version,
  publishedAt: Instant,
  tree: Tree,
  size: Size,
  archiveSize: Size,
  ...ReleaseStatus.shape,
})
export type VersionSummary = z.infer<typeof VersionSummary>

/** Everything about one name. Versions are in order of publication. */
export const PackageInfo = z.object({
  ...PackageSummary.shape,
  homepage: z.string().nullable(),
  repository: z.string().nullable(),
  owners: z.array(KeyId),
  releases: z.array(VersionSummary).min(1),
})
export type PackageInfo = z.infer<typeof PackageInfo>

const WrittenDependency = z.union([
  z.string(),
  z.object({ version: z.string(), optional: z.literal(true).optional(), features: z.array(z.string()).optional() }),
])

/** Everything about one version. */
export const VersionInfo = z.object({
  name: PackageName,
  ...VersionSummary.shape,
  description: z.string(),
  keywords: z.array(z.string()),
  authors: z.array(z.string()),
  license: z.string().nullable(),
  homepage: z.string().nullable(),
  repository: z.string().nullable(),
  dependencies: z.record(z.string(), WrittenDependency),
  features: z.record(z.string(), z.array(z.string())),
  files: z.int().positive(),
  envelope: Blake3,
  signers: z.array(KeyId),
})
export type VersionInfo = z.infer<typeof VersionInfo>

/** The outcome for one package of a publication. */
export const Published = z.object({
  name: PackageName,
  version: Version,
  tree: Tree,
  /** `unchanged`: the same contents were already published */
  outcome: z.enum(['published', 'unchanged']),
})
export type Published = z.infer<typeof Published>

/** A package to use instead: its name, optionally with a version range. */
const Replacement = z
  .string()
  .max(256)
  .refine(isReplacement, 'a replacement is a package name, optionally with a range: images or images@^2.0.0')

function isReplacement(text: string): boolean {
  const at = text.indexOf('@', 1)
  if (at < 0) return isPackageName(text)
  return isPackageName(text.slice(0, at)) && at < text.length - 1 && Range.safeParse(text.slice(at + 1)).success
}

const Reason = Line.min(1).max(1024)

/** A change to a version's status. `deprecate` with neither a reason nor a replacement undoes a deprecation. */
export const StatusChange = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('yank'), reason: Reason.optional() }),
  z.strictObject({ type: z.literal('unyank') }),
  z.strictObject({ type: z.literal('deprecate'), reason: Reason.optional(), replacement: Replacement.optional() }),
])
export type StatusChange = z.infer<typeof StatusChange>

export const ReleaseId = z.strictObject({ name: PackageName, version: Version })
export type ReleaseId = z.infer<typeof ReleaseId>

/** What proves a release: its envelope, and the chain of owners of its name. Null if the registry has none. */
export const Evidence = z.object({
  name: PackageName,
  version: Version,
  envelope: z.base64().nullable(),
  owners: z.string(),
})
export type Evidence = z.infer<typeof Evidence>

/** The identity of a request, as far as its token shows. */
export const Whoami = z.object({ registry: RegistryId, token: TokenSummary })
export type Whoami = z.infer<typeof Whoami>
