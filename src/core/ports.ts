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

/** A file on this machine. The caller releases it when it is no longer needed. */
export interface LocalFile {
  readonly path: string
  /** removes the file if it was created for this caller only */
  release(): void
}

/** The known part of a blob that only grows, with its ETag. */
export interface AppendOnlyFile {
  readonly bytes: Uint8Array
  readonly tag: string | undefined
}

/** A file that is about to be fetched. */
export interface ExpectedFile {
  /** in bytes */
  readonly size: number
  /** called with the bytes that have arrived so far, if they come over a network */
  readonly onProgress?: ((arrived: number) => void) | undefined
}

/**
 * The static files of a registry, by key (`index/thumbnails`), in a folder or on an HTTP server. Returns undefined only
 * if a key does not exist; throws if that is unknown.
 */
export interface Blobs {
  /** name for messages, without credentials */
  readonly label: string
  get(key: string, limit: { maxBytes: number }): Promise<Uint8Array | undefined>
  /**
   * Reads a blob that only grows. Requests only what follows `before`, the known part.
   * @throws CpmError INDEX_REWRITTEN if the blob does not start with `before`
   */
  readTail(
    key: string,
    before: AppendOnlyFile | undefined,
    limit: { maxBytes: number },
  ): Promise<AppendOnlyFile | undefined>
  /** Returns the blob as a local file of `size` bytes. Its contents are not proven. */
  file(key: string, expected: ExpectedFile): Promise<LocalFile | undefined>
}

/** A release, as the resolver sees it. */
export interface Candidate {
  readonly version: Version
  readonly dependencies: readonly Dependency[]
  /** the optional dependencies that each feature turns on */
  readonly features: Readonly<Record<string, readonly PackageName[]>>
  readonly conditions: Conditions
  /** chosen only if the lock already has it */
  readonly yanked: boolean
  readonly yankReason?: string | undefined
  /** publication time according to the registry (RFC 3339), for `exclude-newer`; not signed */
  readonly publishedAt?: string | undefined
  /** the number of the set of owners that was in force when it was published; not signed */
  readonly owners?: number | undefined
  readonly deprecated?: boolean | undefined
  readonly deprecationReason?: string | undefined
  /** why the source excludes it, for example because it is unavailable offline or refused by policy */
  readonly refusal?: string | undefined
}

/** All releases of a name, in no particular order. */
export interface PackageDocument {
  readonly name: PackageName
  readonly candidates: readonly Candidate[]
}

/**
 * Where the resolver gets package documents. Returns null if a package does not exist, and throws if a registry is
 * unreachable.
 */
export interface PackageSource {
  read(names: readonly PackageName[]): Promise<ReadonlyMap<PackageName, PackageDocument | null>>
  /** Suggests an existing name for a misspelled one. For messages only. */
  nearName?(name: PackageName): Promise<PackageName | undefined>
}

export interface Release {
  readonly name: PackageName
  readonly version: Version
}

/** The status of a release after its publication, which is not signed. */
export interface ReleaseNews {
  readonly status: ReleaseStatus
  /** the version to choose today, if that is a different one */
  readonly better: Version | undefined
  /** publication time according to the registry (RFC 3339); not signed */
  readonly publishedAt: string
}

/** A registry that could not be asked for the current status of its releases. */
export interface UnaskedRegistry {
  /** its folder or address, for messages */
  readonly registry: string
  /** why, in a few words */
  readonly reason: string
  /** when the oldest remembered status was read; null if one is unknown */
  readonly knownSince: string | null
}

/** A request that a server answered with the tags of indexes, which identify their contents. */
export interface IndexQuestion {
  readonly url: string
  readonly body: string
  /** the tags in the answer, as JSON */
  readonly tags: string
}

/** What identifies the contents of indexes: files, or an answer of a server. */
export interface NewsBasis {
  readonly files: readonly string[]
  readonly questions: readonly IndexQuestion[]
}

/** The latest available status of releases. */
export interface News {
  /** as long as this stays the same, so do the news; undefined if only asking again can tell */
  readonly basis?: NewsBasis | undefined
  readonly of: ReadonlyMap<PackageName, ReleaseNews>
  readonly unasked: readonly UnaskedRegistry[]
}

/** What registries say about packages that a project already has. */
export interface KnownNames {
  /** the folder or address of a name's registry, for messages */
  placeOf(name: PackageName): string
  /**
   * Asks for the status of releases. If that is slow or fails, returns the remembered status and lists the registry as
   * unasked.
   */
  newsOf(releases: readonly Release[]): Promise<News>
}

/** A release that a registry offers, with everything needed to prove it. Nothing is proven yet. */
export interface Offer {
  readonly registry: RegistryId
  readonly record: PublishRecord
  /** the name's chain of owners, as text */
  readonly owners: string
  readonly envelope: Uint8Array
}

/** Where the installer gets releases and their archives: one registry, or several that share the names. */
export interface ArtifactSource {
  /** the registry that a name belongs to */
  registryOf(name: PackageName): Promise<RegistryId>
  /** Returns an offer for each release, in order; undefined if the registry does not have the version. */
  offers(releases: readonly Release[]): Promise<(Offer | undefined)[]>
  /** Reports which releases were proven; absent if the source remembers nothing about them. */
  confirm?(releases: readonly Release[]): Promise<void>
  /** Returns the archive as a local file. The unpacker proves its bytes while reading. */
  archive(release: Release, expected: ExpectedFile): Promise<LocalFile>
}

/** A package that is ready to be published: its archive and envelope. */
export interface Upload extends Release {
  /** name of the archive in the folder that the registry provides for uploads */
  readonly file: string
  readonly envelope: Uint8Array
  /** signed first line of the name's chain of owners, used if the name is new */
  readonly firstOwners: string
}

/** The operations that change a registry. */
export interface RegistryWriter {
  /**
   * Publishes packages as one operation.
   * @param prepare creates the uploads in `folder`
   */
  publish(prepare: (folder: string) => Promise<readonly Upload[]>): Promise<Published[]>
  changeStatus(release: Release, change: StatusChange): Promise<ReleaseStatus>
  /** Adds a signed line to the chain of owners. @throws CpmError OWNER_MISMATCH if no current owner signed it */
  addOwners(name: PackageName, line: string): Promise<void>
  /** Finishes or removes what killed processes left; absent if that is the work of a server. */
  recover?(): Promise<void>
}

/** Lookups for people. */
export interface RegistrySearch {
  search(query: PackageQuery): Promise<PackagePage>
  describe(name: PackageName): Promise<PackageInfo | undefined>
  describeVersion(release: Release): Promise<VersionInfo | undefined>
}

/**
 * A readable registry: a folder, an HTTP server, or what is remembered of a server. A folder and a server pass the same
 * tests. Parts that a registry does not support are absent; `requireWriter` and `requireSearch`
 * (src/operations/registries/registry-parts.ts) report that.
 */
export interface Registry extends PackageSource, ArtifactSource {
  readonly id: RegistryId
  /** its folder or address, without credentials */
  readonly label: string
  /** absent if the registry is read-only */
  readonly writer?: RegistryWriter | undefined
  /** absent if the registry has no search */
  readonly catalog?: RegistrySearch | undefined
  /** the name's chain of owners, as text; undefined if the name does not exist */
  owners(name: PackageName): Promise<string | undefined>
  /** the status of a release from an index that is already loaded; makes no request */
  newsOf(release: Release): ReleaseNews | undefined
  /**
   * Identifies the contents of the indexes of names: equal stamps mean equal contents. Leaves out names that it can't
   * identify without reading their index.
   */
  stamps?(names: readonly PackageName[]): Promise<ReadonlyMap<PackageName, string>>
  /** what the stamps of these names were last taken from, if that can be looked at without opening the registry */
  basisOf?(names: readonly PackageName[]): NewsBasis | undefined
  /** when the index of a name was last read, if this registry is only remembered */
  lastSeen?(name: PackageName): Date | undefined
  /** what the current token allows, if the registry supports that; folders have no tokens */
  whoami?(): Promise<Whoami | undefined>
}
