import type { KeyId } from '../schema/digest.ts'
import type { PackagePredicate } from '../schema/envelope.ts'
import type { PackageManifest } from '../schema/manifest.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import { CpmError } from '../core/errors.ts'
import type { Pool } from '../core/pool.ts'
import { readEnvelope } from '../package/signed-envelope.ts'
import { DEFAULT_LIMITS } from '../package/limits.ts'
import { refusePathDependencies } from '../package/manifest.ts'
import { requireSignedManifest, resolverFields } from '../package/signed-manifest.ts'
import * as tasks from '../package/tasks.ts'

/** A package that matches its envelope. */
export interface Admitted {
  readonly manifest: PackageManifest
  readonly predicate: PackagePredicate
  readonly signers: readonly KeyId[]
}

/**
 * The gate of a registry: reads an archive and its envelope as untrusted input. Canonical form, every digest, the
 * manifest in the archive and the statements of the envelope must agree.
 * @throws CpmError ARCHIVE_INVALID, ENVELOPE_INVALID, SIGNATURE_INVALID, DIGEST_MISMATCH, MANIFEST_INVALID
 */
export async function admit(pool: Pool, archive: string, envelope: Uint8Array, label: string): Promise<Admitted> {
  const { statement, signers } = readEnvelope(envelope, label)
  const { predicate } = statement
  const [digests, { contents, manifest: bytes }] = await Promise.all([
    pool.run(tasks.digest, { file: archive }),
    pool.run(tasks.inspect, { archive, limits: DEFAULT_LIMITS }),
  ])
  const [gzip] = predicate.archives
  const { table: _table, ...found } = contents
  const said = { tree: predicate.tree, files: predicate.files, size: predicate.size, tar: predicate.tar }
  if (gzip?.format !== 'gzip' || predicate.archives.length !== 1) throw mismatch(label, "doesn't describe this archive")
  const { format: _format, file: _file, ...promised } = gzip
  if (canonicalJson(digests) !== canonicalJson(promised)) throw mismatch(label, 'has different digests for the archive')
  if (canonicalJson(found) !== canonicalJson(said)) throw mismatch(label, 'describes different contents')
  const manifest = requireSignedManifest(label, bytes, resolverFields(predicate))
  refusePathDependencies(manifest)
  return { manifest, predicate, signers }
}

function mismatch(label: string, fact: string): CpmError {
  return new CpmError('ENVELOPE_INVALID', `the envelope of ${label} ${fact}`)
}
