import { z } from 'zod'
import type { PackageName } from '../../schema/name.ts'
import { isVersion } from '../../schema/version.ts'
import { CpmError } from '../../core/errors.ts'
import type { PackageDocument } from '../../core/ports.ts'
import { documentOf } from '../../resolver/universe.ts'
import { readJsonFile } from './json-file.ts'
import type { Documents } from './proof-file.ts'

const Ranges = z.record(z.string(), z.string())
const UniverseFile = z.object({
  universe: z.record(z.string(), z.record(z.string(), Ranges)),
  root: Ranges,
  yanked: z.record(z.string(), z.array(z.string())).default({}),
  locked: Ranges.default({}),
  overrides: Ranges.default({}),
})
/** A complete set of packages and a question about it, as described in docs/resolver.md. */
export type UniverseFile = z.infer<typeof UniverseFile>

/** Reads a universe from JSON, which may be gzipped. @throws CpmError USAGE if it does not describe a universe */
export function readUniverse(file: string): UniverseFile {
  const read = UniverseFile.safeParse(readJsonFile(file, 'USAGE', FORM))
  if (read.success) return withVersions(file, read.data)
  const [issue] = read.error.issues
  const where = issue?.path.join('.') ?? ''
  throw new CpmError('USAGE', `${file} does not describe a universe: ${where} ${issue?.message ?? ''}`, { hint: FORM })
}

function withVersions(file: string, universe: UniverseFile): UniverseFile {
  for (const [name, versions] of Object.entries(universe.universe)) {
    const wrong = Object.keys(versions).find((version) => !isVersion(version))
    if (wrong !== undefined)
      throw new CpmError(
        'USAGE',
        `${file} does not describe a universe: ${name} has ${wrong}, which is not a version`,
        {
          hint: FORM,
        },
      )
  }
  return universe
}

/** Returns the packages of a universe. @param names by default all of its packages */
export function documentsOf(
  universe: UniverseFile,
  names: readonly PackageName[] = Object.keys(universe.universe) as PackageName[],
): Documents {
  return new Map(names.map((name): [PackageName, PackageDocument | null] => [name, documentOf(universe, name)]))
}

const FORM = 'see docs/resolver.md for the format'
