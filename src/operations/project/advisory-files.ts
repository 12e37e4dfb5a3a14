import fs from 'node:fs'
import path from 'node:path'
import { type Advisory, AdvisoryFile } from '../../schema/advisory.ts'
import { namesIn } from '../../core/atomic-file.ts'
import { parseJson } from '../../core/canonical-json.ts'
import { CpmError } from '../../core/errors.ts'
import { readUserText } from '../../core/user-files.ts'

/**
 * Reads advisories in the OSV format from files, and from all `.json` files in folders. A file that can't be read is an
 * error, because what it contains may matter.
 * @throws CpmError ADVISORIES_INVALID, FILE_UNREADABLE
 */
export function readAdvisories(places: readonly string[]): Advisory[] {
  return places.flatMap(filesAt).flatMap((file) => {
    const result = AdvisoryFile.safeParse(parseJson(readUserText(file), 'ADVISORIES_INVALID', file))
    if (result.success) return result.data
    const [issue] = result.error.issues
    const where = issue?.path.map(String).join('.') ?? ''
    throw new CpmError(
      'ADVISORIES_INVALID',
      `${file} has no advisories in the OSV format: ${where} ${issue?.message ?? ''}`,
      {
        cause: result.error,
      },
    )
  })
}

function filesAt(place: string): string[] {
  if (!fs.statSync(place, { throwIfNoEntry: false })?.isDirectory()) return [place]
  return namesIn(place)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => path.join(place, name))
}
