import type { PackageName } from '../../src/schema/name.ts'
import type { Version } from '../../src/schema/version.ts'

/** A folder with the layout of a registry, from which some names are served. */
export interface NameSource {
  readonly root: string
  /** whether it accepts publications and other changes */
  readonly writable: boolean
  /**
   * Returns since when a name, or any name, is served from a copy because the upstream could not be asked; undefined if
   * everything is up to date.
   */
  staleSince?(name?: PackageName): Date | undefined
  /**
   * Updates the index and owners of a name.
   * @returns whether the name exists upstream; undefined if there is no upstream
   */
  refresh(name: PackageName): Promise<boolean | undefined>
  /**
   * Makes sure that the folder has the envelope of a release, or both envelope and archive, proven if from upstream.
   */
  ensureCached(name: PackageName, version: Version, what: 'envelope' | 'archive'): Promise<void>
}

/** Returns the source for the server's own folder, which is always complete. */
export function ownSource(root: string): NameSource {
  return { root, writable: true, refresh: () => Promise.resolve(undefined), ensureCached: () => Promise.resolve() }
}

/** Chooses the one source of each name. There is no fallback to another source. */
export interface NameRouter {
  of(name: PackageName): NameSource
  readonly all: readonly NameSource[]
}
