import { digestHex } from '../../schema/digest.ts'
import { isRelease } from '../../schema/lock.ts'
import { blake3 } from '../../core/blake3.ts'
import { canonicalJson } from '../../core/canonical-json.ts'
import { areListed, spdxLicenses } from '../../package/license.ts'
import type { Inventory, InventoryItem } from './inventory.ts'
import { purlOf, webUrl } from './urls.ts'

const UNKNOWN = 'NOASSERTION'

/** Writes a bill of materials in SPDX 2.3 (ISO/IEC 5962). Only its time and name space differ if the lock is the same. */
export function spdx({ roots, items }: Inventory, { cpmVersion, created }: { cpmVersion: string; created: Date }) {
  const idOf = new Map<string, string>(items.map((item) => [item.name, packageId(item.name, item.version)]))
  const subjects = roots.map(({ name, version, uses }) => ({
    id: packageId(name, version, 'Root'),
    name,
    version,
    uses,
  }))
  for (const { id, name } of subjects) idOf.set(name, id)
  const packages = [
    ...subjects.map(({ id, name, version }) => ({
      SPDXID: id,
      name,
      ...(version !== null && { versionInfo: version }),
      ...nothingKnown(),
      licenseDeclared: UNKNOWN,
    })),
    ...items.map(packageOf),
  ]
  const users = [...subjects, ...items.map(({ name, uses }) => ({ id: idOf.get(name) ?? '', uses }))]
  const relationships = [
    ...subjects.map(({ id }) => relationship('SPDXRef-DOCUMENT', 'DESCRIBES', id)),
    ...users.flatMap(({ id, uses }) =>
      [...new Set(uses)].sort().map((name) => relationship(id, 'DEPENDS_ON', idOf.get(name) ?? '')),
    ),
  ]
  const contents = digestHex(blake3(canonicalJson({ packages, relationships, created: created.toISOString() })))
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: subjects.map(({ name }) => name).join(', '),
    documentNamespace: `urn:colony-cpm:sbom:${contents}`,
    creationInfo: { created: created.toISOString().replace(/\.\d+Z$/, 'Z'), creators: [`Tool: cpm-${cpmVersion}`] },
    packages,
    relationships,
  }
}

function packageOf(item: InventoryItem) {
  const { name, version, locked, manifest } = item
  const { license, description } = manifest
  const website = webUrl(manifest.homepage)
  return {
    SPDXID: packageId(name, version),
    name,
    versionInfo: version,
    ...nothingKnown(),
    ...declared(license),
    ...(website !== undefined && { homepage: website }),
    ...(description !== undefined && { description }),
    ...(isRelease(locked) && { checksums: [{ algorithm: 'BLAKE3', checksumValue: digestHex(locked.tar) }] }),
    externalRefs: [
      { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purlOf({ name, version }) },
    ],
  }
}

/** A license that is not in the SPDX list would need its text, which nobody can tell from a name. */
function declared(license: string | undefined) {
  if (license === undefined) return { licenseDeclared: UNKNOWN }
  const known = spdxLicenses(license)
  if (known && areListed(known)) return { licenseDeclared: license.trim() }
  return { licenseDeclared: UNKNOWN, licenseComments: `declared as ${JSON.stringify(license)}` }
}

function nothingKnown() {
  return { downloadLocation: UNKNOWN, filesAnalyzed: false, licenseConcluded: UNKNOWN, copyrightText: UNKNOWN }
}

function relationship(spdxElementId: string, relationshipType: string, relatedSpdxElement: string) {
  return { spdxElementId, relationshipType, relatedSpdxElement }
}

/** Returns an identifier: letters, digits, dots and dashes. Different packages differ, because the rest is encoded. */
function packageId(name: string, version: string | null, kind = 'Package'): string {
  const text = `${name}@${version ?? ''}`
  return `SPDXRef-${kind}-${text.replaceAll(/[^A-Za-z0-9.]/g, (character) => `-${character.codePointAt(0)?.toString(16) ?? ''}-`)}`
}
