import type { PackageName } from '../schema/name.ts'
import { requirementPath } from '../schema/version.ts'
import type { PackageIndex } from './index-file.ts'
import { newestVersion } from './newest.ts'

/**
 * Requests the indexes that the resolver will most likely want next: the dependencies of the newest version of each
 * package it looked at, and so on. A wrong guess costs one request; a failure is reported when the index is really
 * needed.
 */
export class LookAhead {
  readonly #read: (names: readonly PackageName[]) => Promise<PackageIndex | undefined>[]
  readonly #followed = new Set<PackageName>()
  #wanted = new Set<PackageName>()

  /** @param read begins to read indexes; many of them at once cost less than each by itself */
  constructor(read: (names: readonly PackageName[]) => Promise<PackageIndex | undefined>[]) {
    this.#read = read
  }

  follow(index: PackageIndex): void {
    if (this.#followed.has(index.name)) return
    this.#followed.add(index.name)
    const newest = newestVersion(index)
    const record = newest && index.releases.get(newest)
    const needed = (record?.dependencies ?? []).filter(
      ({ requirement, optional }) => !optional && requirementPath(requirement) === null,
    )
    if (needed.length === 0) return
    // Indexes that arrive together are followed together.
    if (this.#wanted.size === 0)
      setImmediate(() => {
        this.#request()
      })
    for (const { name } of needed) this.#wanted.add(name)
  }

  #request(): void {
    const wanted = [...this.#wanted].filter((name) => !this.#followed.has(name))
    this.#wanted = new Set()
    for (const index of this.#read(wanted)) {
      index.then(
        (next) => {
          if (next) this.follow(next)
        },
        () => undefined,
      )
    }
  }
}
