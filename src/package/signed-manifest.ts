import { writeDependencies } from '../schema/dependency.ts'
import type { PackagePredicate } from '../schema/envelope.ts'
import type { PackageManifest } from '../schema/manifest.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import { CpmError } from '../core/errors.ts'
import { checkPackageManifest, requireManifest } from './manifest.ts'
import { MANIFEST_FILE } from './manifest-file.ts'

/** The fields of a manifest that an envelope and an index repeat: everything that the resolver uses. */
export type ResolverFields = ReturnType<typeof resolverFields>

/** Some of these fields, in any form: a lock repeats fewer than an envelope. */
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
 * Reads the manifest in a package and compares it with the signed fields. Every recipient of a package does this: a
 * registry, a mirror and the installer. Otherwise cpm could resolve one manifest and run another.
 * @param bytes of its colony.yaml, or null if it has none
 * @param said the signed fields that are known
 * @throws CpmError ARCHIVE_INVALID, MANIFEST_INVALID, ENVELOPE_INVALID
 */
export function requireSignedManifest(label: string, bytes: Uint8Array | null, said: SaidOfManifest): PackageManifest {
  if (bytes === null) throw new CpmError('ARCHIVE_INVALID', `${label} has no ${MANIFEST_FILE}`)
  // The author's check was strict. A manifest of a newer cpm may have keys that this one doesn't know.
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
    `the signed envelope of ${label} and the ${MANIFEST_FILE} in its archive disagree about ${list(other)}`,
    { details: { differs: other } },
  )
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
}
