import type { Dependency } from '../schema/dependency.ts'
import type { PublishRecord } from '../schema/index-record.ts'
import type { Conditions } from '../schema/manifest.ts'
import type { PackageName } from '../schema/name.ts'
import type { RegistryId } from '../schema/registry-config.ts'
import type { Version } from '../schema/version.ts'

/**
 * The static files of a registry, by key (`index/thumbnails`). A folder and an HTTP server implement it.
 * A key that is not there is undefined; anything that keeps an answer from being known is thrown.
 */
export interface Blobs {
  /** what errors call it, without credentials */
  readonly label: string
  get(key: string, limit: { maxBytes: number }): Promise<Uint8Array | undefined>
  range(key: string, start: number, end: number): Promise<Uint8Array | undefined>
  head(key: string): Promise<{ size: number } | undefined>
}

/** One published version, as the resolver sees it. */
export interface Candidate {
  readonly version: Version
  readonly dependencies: readonly Dependency[]
  /** feature name to the optional dependencies it asks for */
  readonly features: Readonly<Record<string, readonly PackageName[]>>
  readonly conditions: Conditions
  /** chosen only where the lock has it already */
  readonly yanked: boolean
  readonly yankReason?: string | undefined
  /** when the registry says it was published (RFC 3339), for `exclude-newer`; not proven by a signature */
  readonly publishedAt?: string | undefined
}

/** Everything known about one name, in no particular order. */
export interface PackageDocument {
  readonly name: PackageName
  readonly candidates: readonly Candidate[]
}

/** Where the resolver's driver gets package documents. Null means: there is no such package. Unreachable is an error. */
export interface PackageSource {
  read(names: readonly PackageName[]): Promise<ReadonlyMap<PackageName, PackageDocument | null>>
}

/** A release a registry offers: everything needed to prove it, nothing of it proven yet. */
export interface Offer {
  readonly registry: RegistryId
  readonly record: PublishRecord
  /** the text of the name's chain of owners */
  readonly owners: string
  readonly envelope: Uint8Array
}

/** Where the installer gets releases and their archives. */
export interface ArtifactSource {
  readonly registry: RegistryId
  /** The record, owners and envelope of a version; undefined when the registry has no such version. */
  offer(name: PackageName, version: Version): Promise<Offer | undefined>
  /** A local file with the archive. Its bytes are unproven: the unpacker checks them as it reads. */
  archive(name: PackageName, version: Version): Promise<string>
}
