import type { PackageName } from '../schema/name.ts'
import { requirementPath } from '../schema/version.ts'
import type { PackageIndex } from './index-file.ts'
import { newestVersion } from './newest.ts'

/**
 * Asks for the indexes that the resolver will most likely want next: what the newest version of each package it looked at depends on, and so on.
 * A guess that is wrong costs a request and nothing else; what fails is told when somebody asks for it.
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
