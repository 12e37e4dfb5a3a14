import path from 'node:path'
import { type OtherDigests, otherDigests, type ProvenFiles } from '../../../package/prove.ts'
import { CpmError } from '../../../core/errors.ts'
import type { PackageIdentity, Upload } from '../payload.ts'

/** A file in ColonyFS: a label is a folder, without its subfolders. */
export interface PlacedFile extends OtherDigests {
  readonly label: string
  readonly name: string
  readonly size: number
  /** the object in S3 that holds its bytes */
  readonly object: string
  /** its path in the package; missing for the file table */
  readonly path?: string
}

/** The table of all files. Its digest is the tree, so executors can verify the other files with it. */
export const TABLE_NAME = 'tree.txt'

/** The most that one S3 request can store. */
const MOST_BYTES = 5 * 1024 ** 3

/**
 * Returns where the files of a tree go in ColonyFS. The label itself has only the file table, written last. The package
 * is in a folder below it, because the executors' client skips a file if one with its name and content is at the top.
 * @throws CpmError WORKFLOW_INVALID for files that can't be stored
 */
export function layout({ label, package: of }: Upload, { table, files }: ProvenFiles): readonly PlacedFile[] {
  const tooLarge = files.filter(({ size }) => size > MOST_BYTES)
  if (tooLarge.length > 0)
    throw new CpmError(
      'WORKFLOW_INVALID',
      `${tooLarge.map((file) => file.path).join(', ')} of ${of.name} ${tooLarge.length === 1 ? 'is' : 'are'} larger than 5 GiB, which ColonyFS can't store`,
      { hint: 'set payload: cpm' },
    )
  const placed = files.map(({ path: file, size, sha256, md5 }): PlacedFile => {
    const folder = path.posix.dirname(`${of.name}/${file}`)
    return {
      label: `${label}/${folder}`,
      name: path.posix.basename(file),
      size,
      sha256,
      md5,
      object: objectOf(of, sha256),
      path: file,
    }
  })
  const hashes = otherDigests()
  hashes.update(Buffer.from(table))
  const digests = hashes.digests()
  return [
    ...placed,
    { label, name: TABLE_NAME, size: Buffer.byteLength(table), ...digests, object: objectOf(of, digests.sha256) },
  ]
}

/** Names an object by tree and content: packages never share one, so removing a package doesn't affect others. */
function objectOf({ tree }: PackageIdentity, sha256: string): string {
  return `cpm/${tree.replace(':', '/')}/${sha256}`
}
