import type { PackageName } from '../../src/schema/name.ts'
import type { Version } from '../../src/schema/version.ts'

/** A folder laid out as a registry, which some names are served from. */
export interface NameSource {
  readonly root: string
  /** publications and other changes are taken here */
  readonly writable: boolean
  /** since when a name, or any of them, is served as it was known, because it could not be asked about; undefined where all is up to date */
  staleSince?(name?: PackageName): Date | undefined
  /**
   * Makes what is said of a name as new as it can be: its index and its owners.
   * @returns whether the name is known to be there; undefined where the folder alone tells
   */
  refresh(name: PackageName): Promise<boolean | undefined>
  /** makes sure that the envelope, or both it and the archive, of a release that the index names are there: proven, if they come from elsewhere */
  ensureCached(name: PackageName, version: Version, what: 'envelope' | 'archive'): Promise<void>
}

/** The server's own folder: all that can be known is there. */
export function ownSource(root: string): NameSource {
  return { root, writable: true, refresh: () => Promise.resolve(undefined), ensureCached: () => Promise.resolve() }
}

/** Which source a name is served from: one, whatever that one answers, and never another. */
export interface NameRouter {
  of(name: PackageName): NameSource
  readonly all: readonly NameSource[]
}
