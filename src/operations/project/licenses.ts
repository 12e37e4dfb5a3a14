import type { PackageName } from '../../schema/name.ts'
import type { Version } from '../../schema/version.ts'
import { spdxLicenses } from '../../package/license.ts'
import type { Session } from '../session.ts'
import { takeInventory } from './inventory.ts'
import type { FilterFlags } from './scope.ts'

export interface PackageLicense {
  readonly name: PackageName
  readonly version: Version
  /** as its colony.yaml declares it; null if it declares none */
  readonly license: string | null
  /** whether that is an SPDX expression */
  readonly spdx: boolean
}

/**
 * Lists the licenses that installed packages declare.
 * @throws CpmError LOCK_OUTDATED, PACKAGE_NOT_FOUND if a package is not installed
 */
export async function licenses(session: Session, flags: FilterFlags = {}): Promise<{ packages: PackageLicense[] }> {
  const { items } = await takeInventory(session, flags)
  return {
    packages: items.map(({ name, version, manifest }) => {
      const license = manifest.license === undefined || manifest.license.trim() === '' ? null : manifest.license
      return { name, version, license, spdx: license !== null && spdxLicenses(license) !== undefined }
    }),
  }
}
