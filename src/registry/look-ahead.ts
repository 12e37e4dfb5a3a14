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
  readonly #read: (name: PackageName) => Promise<PackageIndex | undefined>
  readonly #followed = new Set<PackageName>()

  constructor(read: (name: PackageName) => Promise<PackageIndex | undefined>) {
    this.#read = read
  }

  follow(index: PackageIndex): void {
    if (this.#followed.has(index.name)) return
    this.#followed.add(index.name)
    const newest = newestVersion(index)
    const record = newest && index.releases.get(newest)
    for (const { name, requirement, optional } of record?.dependencies ?? []) {
      if (optional || requirementPath(requirement) !== null) continue
      this.#read(name).then(
        (next) => {
          if (next) this.follow(next)
        },
        () => undefined,
      )
    }
  }
}
