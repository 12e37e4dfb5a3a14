import type { Dependency } from '../schema/dependency.ts'
import type {
  PackageInfo,
  PackagePage,
  Published,
  ReleaseStatus,
  StatusChange,
  VersionInfo,
  Whoami,
} from '../schema/documents.ts'
import type { PublishRecord } from '../schema/index-record.ts'
import type { Conditions } from '../schema/manifest.ts'
import type { PackageName } from '../schema/name.ts'
import type { RegistryId } from '../schema/registry-config.ts'
import type { PackageQuery } from '../schema/routes/packages.ts'
import type { Version } from '../schema/version.ts'

/** A file on this machine that was lent: who asked for it says when it is no longer needed. */
export interface LocalFile {
  readonly path: string
  /** removes it if it was made for the asker alone */
  release(): void
}

/** A blob that only ever grows, as far as it was read, with the tag its server gave it. */
export interface AppendOnlyFile {
  readonly bytes: Uint8Array
  readonly tag: string | undefined
}

/**
 * The static files of a registry, by key (`index/thumbnails`). A folder and an HTTP server implement it.
 * A key that is not there is undefined; anything that keeps an answer from being known is thrown.
 */
export interface Blobs {
  /** what errors call it, without credentials */
  readonly label: string
  get(key: string, limit: { maxBytes: number }): Promise<Uint8Array | undefined>
  /**
   * A blob that only grows, of which `before` is known: a server is asked for what came after it.
   * @throws CpmError INDEX_REWRITTEN when it is no continuation of `before`
   */
  readTail(
    key: string,
    before: AppendOnlyFile | undefined,
    limit: { maxBytes: number },
  ): Promise<AppendOnlyFile | undefined>
  /** The blob as a local file of `size` bytes. Nothing about its contents is proven. */
  file(key: string, expected: { size: number }): Promise<LocalFile | undefined>
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
  /** why the source itself says that it may not be chosen: it is out of reach now, or somebody refused it */
  readonly refusal?: string | undefined
}

/** Everything known about one name, in no particular order. */
export interface PackageDocument {
  readonly name: PackageName
  readonly candidates: readonly Candidate[]
}

/** Where the resolver's driver gets package documents. Null means: there is no such package. Unreachable is an error. */
export interface PackageSource {
  read(names: readonly PackageName[]): Promise<ReadonlyMap<PackageName, PackageDocument | null>>
  /** A name that is there, for one that is not and may be misspelt. Only to be told: nothing is chosen by it. */
  nearName?(name: PackageName): Promise<PackageName | undefined>
}

export interface Release {
  readonly name: PackageName
  readonly version: Version
}

/** What was said of a release after it was published. No signature proves it. */
export interface ReleaseNews {
  readonly status: ReleaseStatus
  /** the version to choose today, where that is another one */
  readonly better: Version | undefined
}

/** A registry that was not asked what was said of releases since they were published. */
export interface UnaskedRegistry {
  /** its folder or address, for people */
  readonly registry: string
  /** why, in a few words */
  readonly reason: string
  /** how old the oldest part of what is said of its releases is; null where nothing is known of one of them */
  readonly knownSince: string | null
}

/** What was said of releases after they were published, as new as it can be had. */
export interface News {
  readonly of: ReadonlyMap<PackageName, ReleaseNews>
  readonly unasked: readonly UnaskedRegistry[]
}

/** What registries say of names and releases that somebody has already. */
export interface KnownNames {
  /** the folder or address of the registry that a name belongs to, for people */
  placeOf(name: PackageName): string
  /** Asks what was said of releases; where that takes long or fails, tells what is remembered, and that it is old. */
  newsOf(releases: readonly Release[]): Promise<News>
}

/** A release a registry offers: everything needed to prove it, nothing of it proven yet. */
export interface Offer {
  readonly registry: RegistryId
  readonly record: PublishRecord
  /** the text of the name's chain of owners */
  readonly owners: string
  readonly envelope: Uint8Array
}

/** Where the installer gets releases and their archives: one registry, or several among which names are divided. */
export interface ArtifactSource {
  /** the registry that a name belongs to */
  registryOf(name: PackageName): Promise<RegistryId>
  /** The record, owners and envelope of each release, in order; undefined where the registry has no such version. */
  offers(releases: readonly Release[]): Promise<(Offer | undefined)[]>
  /** The archive as a local file. Its bytes are unproven: the unpacker checks them as it reads. */
  archive(release: Release, expected: { size: number }): Promise<LocalFile>
}

/** A package that waits to be published: its archive, and the envelope that describes it. */
export interface Upload extends Release {
  /** its name in the folder that the registry gave to prepare uploads in */
  readonly file: string
  readonly envelope: Uint8Array
  /** the line that starts the name's chain of owners, signed; used when the name is new */
  readonly firstOwners: string
}

/** What authors change in a registry. */
export interface RegistryWriter {
  /**
   * Publishes packages as one operation.
   * @param prepare makes the uploads in the folder it is given
   */
  publish(prepare: (folder: string) => Promise<readonly Upload[]>): Promise<Published[]>
  changeStatus(release: Release, change: StatusChange): Promise<ReleaseStatus>
  /** adds a signed line to the chain. @throws CpmError OWNER_MISMATCH when the chain does not carry it */
  addOwners(name: PackageName, line: string): Promise<void>
}

/** What people look up in a registry. */
export interface RegistrySearch {
  search(query: PackageQuery): Promise<PackagePage>
  describe(name: PackageName): Promise<PackageInfo | undefined>
  describeVersion(release: Release): Promise<VersionInfo | undefined>
}

/**
 * A registry that can be read. A folder, an HTTP server and the memory of a server implement it; a folder and a server pass one suite of tests.
 * What a registry can't do is absent: `requireWriter` and `requireSearch` (src/operations/registries/registry-parts.ts) report it.
 */
export interface Registry extends PackageSource, ArtifactSource {
  readonly id: RegistryId
  /** its folder or address, without credentials */
  readonly label: string
  /** absent where nothing can be changed */
  readonly writer?: RegistryWriter | undefined
  /** absent where nothing can be looked up but releases by name */
  readonly catalog?: RegistrySearch | undefined
  /** the text of a name's chain of owners; undefined when there is no such name */
  owners(name: PackageName): Promise<string | undefined>
  /** what an index that was read already says of a release: nothing is asked for it */
  newsOf(release: Release): ReleaseNews | undefined
  /** when the index of a name was last read from the registry, where this one is only remembered */
  lastSeen?(name: PackageName): Date | undefined
  /** what the token that is sent may do, where the registry can tell; a folder knows no tokens */
  whoami?(): Promise<Whoami | undefined>
}
