import path from 'node:path'
import { writeUserFile } from '../../core/user-files.ts'
import type { Session } from '../session.ts'
import { cycloneDx } from './cyclonedx.ts'
import { takeInventory } from './inventory.ts'
import type { FilterFlags } from './scope.ts'
import { spdx } from './spdx.ts'

export const SBOM_FORMATS = ['cyclonedx', 'spdx'] as const

export interface SbomOptions extends FilterFlags {
  /** by default CycloneDX */
  format?: (typeof SBOM_FORMATS)[number]
  /** the file to write */
  output?: string | undefined
}

/**
 * Writes a software bill of materials of a project: every installed package, with its license, digest and dependencies.
 * @throws CpmError LOCK_OUTDATED, PACKAGE_NOT_FOUND if a package is not installed, FILE_UNWRITABLE
 */
export async function sbom(session: Session, { format = 'cyclonedx', output, ...flags }: SbomOptions = {}) {
  const { cpmVersion } = session
  const inventory = await takeInventory(session, flags)
  const document =
    format === 'cyclonedx'
      ? cycloneDx(inventory, { cpmVersion })
      : spdx(inventory, { cpmVersion, created: session.now() })
  const file = output === undefined ? null : path.resolve(session.cwd, output)
  if (file !== null) writeUserFile(file, `${JSON.stringify(document, null, 2)}\n`)
  return { format, packages: inventory.items.length, file, document }
}
