import { writeDependencies } from '../schema/dependency.ts'
import type { PackagePredicate } from '../schema/envelope.ts'
import type { PackageManifest } from '../schema/manifest.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import { CpmError } from '../core/errors.ts'
import { checkPackageManifest, MANIFEST_FILE, requireManifest } from './manifest.ts'

/** What an envelope and an index repeat of a manifest: all that versions are chosen by. */
export type ResolverFields = ReturnType<typeof resolverFields>

/** Some of them, whatever their form: a lock repeats fewer than an envelope. */
export type SaidOfManifest = { readonly [Field in keyof ResolverFields]?: unknown }

export function resolverFields({
  name,
  version,
  dependencies,
  features,
  conditions,
}: Pick<PackagePredicate, 'name' | 'version' | 'dependencies' | 'features' | 'conditions'>) {
  return { name, version, dependencies: writeDependencies(dependencies), features, conditions }
}

/**
 * Reads the manifest that a package holds and compares it with what was signed of it. Whoever receives a package does this: a registry
 * that is published to, one that mirrors another, and the installer. Otherwise the versions would be chosen by one manifest and run by another.
 * @param bytes of its colony.yaml; null where it has none
 * @param said the fields that were signed, or those of them that are known
 * @throws CpmError ARCHIVE_INVALID, MANIFEST_INVALID, ENVELOPE_INVALID
 */
export function requireSignedManifest(label: string, bytes: Uint8Array | null, said: SaidOfManifest): PackageManifest {
  if (bytes === null) throw new CpmError('ARCHIVE_INVALID', `${label} holds no ${MANIFEST_FILE}`)
  // The author's check was strict; a manifest of a newer cpm may hold keys that this one doesn't know.
  const { manifest } = requireManifest(
    checkPackageManifest(`${label}/${MANIFEST_FILE}`, bytes, { unknownKeys: 'tolerate' }),
  )
  const found = resolverFields(manifest)
  const other = (Object.keys(said) as (keyof ResolverFields)[]).filter(
    (field) => canonicalJson(found[field]) !== canonicalJson(said[field]),
  )
  if (other.length === 0) return manifest
  throw new CpmError(
    'ENVELOPE_INVALID',
    `the signed envelope of ${label} and the ${MANIFEST_FILE} inside disagree about ${list(other)}`,
    { details: { differs: other } },
  )
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
}
