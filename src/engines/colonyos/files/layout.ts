import path from 'node:path'
import { type OtherDigests, otherDigests, type ProvenFiles } from '../../../package/prove.ts'
import { CpmError } from '../../../core/errors.ts'
import type { PackageIdentity, Upload } from '../payload.ts'

/** A file as it lies in ColonyFS: a label stands for a folder, and has no others in it. */
export interface PlacedFile extends OtherDigests {
  readonly label: string
  readonly name: string
  readonly size: number
  /** the object in S3 that holds its bytes */
  readonly object: string
  /** its path in the package; none for the file table */
  readonly path?: string
}

/** The table of all files: by its digest, the tree, an executor can prove the others. */
export const TABLE_NAME = 'tree.txt'

/** What one request of S3 can store. */
const MOST_BYTES = 5 * 1024 ** 3

/**
 * Where the files of a tree lie in ColonyFS. Under the label itself there is the file table alone, written last, and the package is in a
 * folder of its name: the executors' client takes a file for downloaded already when one of that name and content is at the top.
 * @throws CpmError WORKFLOW_INVALID for what can't be carried
 */
export function layout({ label, package: of }: Upload, { table, files }: ProvenFiles): readonly PlacedFile[] {
  const tooLarge = files.filter(({ size }) => size > MOST_BYTES)
  if (tooLarge.length > 0)
    throw new CpmError(
      'WORKFLOW_INVALID',
      `${tooLarge.map((file) => file.path).join(', ')} of ${of.name} ${tooLarge.length === 1 ? 'is' : 'are'} larger than 5 GiB, which ColonyFS can’t carry`,
      { hint: 'write payload: cpm, by which executors fetch the package from its registry' },
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

/** By tree and content: two packages share no object, so that removing one from ColonyFS takes nothing from the other. */
function objectOf({ tree }: PackageIdentity, sha256: string): string {
  return `cpm/${tree.replace(':', '/')}/${sha256}`
}
