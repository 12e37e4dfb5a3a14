import type { PackageInfo, PackagePage, VersionInfo } from '../schema/documents.ts'
import type { PackageName } from '../schema/name.ts'
import { listPackages, type PackageQuery, readPackage, readVersion } from '../schema/routes/packages.ts'
import type { RegistrySearch, Release } from '../core/ports.ts'
import { type Api, orNotFound } from './call.ts'

/** Searches a registry through its API. */
export class HttpCatalog implements RegistrySearch {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  async search(query: PackageQuery): Promise<PackagePage> {
    return await this.#api.call(listPackages, { query })
  }

  async describe(name: PackageName): Promise<PackageInfo | undefined> {
    return await orNotFound(this.#api.call(readPackage, { params: { name } }))
  }

  async describeVersion(release: Release): Promise<VersionInfo | undefined> {
    return await orNotFound(this.#api.call(readVersion, { params: { ...release } }))
  }
}
