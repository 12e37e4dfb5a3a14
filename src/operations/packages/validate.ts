import path from 'node:path'
import type { Session } from '../session.ts'
import type { Problem } from '../../core/yaml.ts'
import type { PackageName } from '../../schema/name.ts'
import type { Version } from '../../schema/version.ts'
import { requireSound, type SoundPackage } from './check-folder.ts'
import { type JUnitCase, withJUnit } from './junit.ts'

export interface ValidateOptions {
  /** the folder of the package */
  dir?: string
  /** gitignore patterns of files to pack although they look like secrets */
  allow?: readonly string[]
  /** a file for the result in JUnit's format, also if there are errors */
  junit?: string | undefined
}

export interface ValidateResult {
  readonly name: PackageName
  readonly version: Version
  /** how many files would be packed */
  readonly files: number
  readonly warnings: readonly Problem[]
}

/** Checks a package. @throws CpmError MANIFEST_INVALID with every error at once, PACK_REFUSED, ARCHIVE_TOO_LARGE */
export async function validate(
  session: Session,
  { dir = '.', allow = [], junit }: ValidateOptions = {},
): Promise<ValidateResult> {
  const folder = path.resolve(session.cwd, dir)
  const report = { file: junit, name: 'cpm validate', casesOf: ({ manifest }: SoundPackage) => [validCase(manifest)] }
  const { manifest, files, warnings } = await withJUnit(session, report, () =>
    requireSound(session, folder, { allow, uninstalled: 'refuse' }),
  )
  return { name: manifest.name, version: manifest.version, files: files.length, warnings }
}

function validCase({ name, version }: SoundPackage['manifest']): JUnitCase {
  return { suite: 'colony.yaml', name: `${name}@${version} is valid`, failures: [] }
}
