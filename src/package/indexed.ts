import type { Blake3 } from '../schema/digest.ts'
import type { ArchiveDescription, PackagePredicate } from '../schema/envelope.ts'
import type { PublishRecord } from '../schema/index-record.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import { CpmError } from '../core/errors.ts'
import { resolverFields } from './signed-manifest.ts'

/**
 * Checks that an index record only repeats what its envelope signs.
 * @param digest of the envelope's bytes
 * @returns the archive that the record describes
 * @throws CpmError ENVELOPE_INVALID
 */
export function requireIndexed(record: PublishRecord, digest: Blake3, predicate: PackagePredicate): ArchiveDescription {
  const label = `${record.name}@${record.version}`
  if (digest !== record.envelope) throw contradiction(label, 'is not the one in the index')
  if (canonicalJson(repeated(predicate)) !== canonicalJson(repeated(record)))
    throw contradiction(label, 'disagrees with the index')
  const archive = gzipOf(predicate)
  if (archive?.size !== record.archiveSize) throw contradiction(label, 'does not describe the archive in the index')
  return archive
}

export function gzipOf(predicate: PackagePredicate): ArchiveDescription | undefined {
  return predicate.archives.find(({ format }) => format === 'gzip')
}

/** The fields that a record repeats from its envelope. */
function repeated(said: Parameters<typeof resolverFields>[0] & Pick<PackagePredicate, 'tree' | 'size'>) {
  return { ...resolverFields(said), tree: said.tree, size: said.size }
}

function contradiction(label: string, fact: string): CpmError {
  return new CpmError('ENVELOPE_INVALID', `the envelope of ${label} ${fact}`)
}
