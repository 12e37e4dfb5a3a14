import { digestHex } from '../../schema/digest.ts'
import { isRelease } from '../../schema/lock.ts'
import { areListed, spdxLicenses } from '../../package/license.ts'
import type { Inventory, InventoryItem } from './inventory.ts'
import { purlOf, webUrl } from './urls.ts'

/**
 * Writes a bill of materials in CycloneDX 1.6 (ECMA-424). It has no timestamp and no random number: the same lock gives
 * the same bytes.
 */
export function cycloneDx({ roots, items }: Inventory, { cpmVersion }: { cpmVersion: string }) {
  const refOf = new Map<string, string>(items.map((item) => [item.name, purlOf(item)]))
  for (const root of roots) refOf.set(root.name, refOfRoot(root))
  const refs = (names: InventoryItem['uses']) => [...new Set(names.flatMap((name) => refOf.get(name) ?? []))].sort()
  const subjects = roots.map(({ name, version, uses }) => ({
    ref: refOfRoot({ name, version }),
    component: { type: 'application', name, ...(version !== null && { version }) },
    uses,
  }))
  const [only, ...more] = subjects
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      tools: { components: [{ type: 'application', name: 'cpm', version: cpmVersion }] },
      ...(only && more.length === 0 && { component: { 'bom-ref': only.ref, ...only.component } }),
    },
    components: [
      ...(more.length > 0 ? subjects.map(({ ref, component }) => ({ 'bom-ref': ref, ...component })) : []),
      ...items.map(componentOf),
    ],
    dependencies: [
      ...subjects.map(({ ref, uses }) => ({ ref, dependsOn: refs(uses) })),
      ...items.map((item) => ({ ref: purlOf(item), dependsOn: refs(item.uses) })),
    ],
  }
}

function refOfRoot({ name, version }: Pick<Inventory['roots'][number], 'name' | 'version'>): string {
  return `${name}${version === null ? '' : `@${version}`}`
}

function componentOf(item: InventoryItem) {
  const { name, version, locked, manifest } = item
  const [group, bare] = name.startsWith('@') ? name.split('/') : [undefined, name]
  const { description, license, homepage, repository, maintainers } = manifest
  const [website, vcs] = [webUrl(homepage), webUrl(repository)]
  const links = [
    ...(website === undefined ? [] : [{ type: 'website', url: website }]),
    ...(vcs === undefined ? [] : [{ type: 'vcs', url: vcs }]),
  ]
  return {
    type: 'library',
    'bom-ref': purlOf(item),
    ...(group !== undefined && { group }),
    name: bare,
    version,
    ...(description !== undefined && { description }),
    ...(maintainers.length > 0 && {
      authors: maintainers.map(({ name, email }) => ({ name, ...(email !== undefined && { email }) })),
    }),
    ...(isRelease(locked) && { hashes: [{ alg: 'BLAKE3', content: digestHex(locked.tar) }] }),
    ...(license !== undefined && { licenses: [licenseOf(license)] }),
    purl: purlOf(item),
    ...(links.length > 0 && { externalReferences: links }),
    ...(isRelease(locked) && {
      properties: [
        { name: 'cpm:tree', value: locked.tree },
        { name: 'cpm:registry', value: locked.registry },
        ...(locked.owner === null ? [] : [{ name: 'cpm:owner', value: locked.owner }]),
      ],
    }),
  }
}

/** Only an SPDX expression may be in `id` or `expression`. */
function licenseOf(text: string) {
  const known = spdxLicenses(text)
  if (!known) return { license: { name: text } }
  return known.length === 1 && known[0] === text && areListed(known) ? { license: { id: text } } : { expression: text }
}
