import fs from 'node:fs'
import path from 'node:path'

/**
 * Makes a software bill of materials in CycloneDX 1.6 (ECMA-424): cpm itself, the packages bundled into dist/, and its
 * other dependencies. It contains no timestamp and no random number, so the same sources give the same bytes.
 */
export function billOfMaterials(root, bundled) {
  const read = (file) => JSON.parse(fs.readFileSync(path.join(root, file), 'utf8'))
  const { name, version, license, dependencies = {}, optionalDependencies = {} } = read('package.json')
  const locked = read('package-lock.json').packages
  const beside = Object.keys({ ...dependencies, ...optionalDependencies }).map((needed) => {
    const entry = locked[`node_modules/${needed}`]
    return { name: needed, version: entry.version, license: entry.license, scope: needed in dependencies ? 'required' : 'optional', integrity: entry.integrity } // prettier-ignore
  })
  const inside = bundled.map((part) => ({
    ...part,
    scope: 'required',
    integrity: locked[path.relative(root, part.folder).split(path.sep).join('/')]?.integrity,
  }))
  // The same version of a package can be in several folders.
  const parts = new Map([...inside, ...beside].map((part) => [`${part.name}@${part.version}`, part]))
  const components = [...parts.values()].map(component).sort((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1))
  const self = component({ name, version, license, scope: 'required' })
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { ...self, type: 'application' } },
    components,
    dependencies: [{ ref: self['bom-ref'], dependsOn: components.map((part) => part['bom-ref']) }],
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function component({ name, version, license, scope, integrity }) {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
  const [, scopeName, bare] = /^(?:(@[^/]+)\/)?(.+)$/.exec(name)
  return {
    type: 'library',
    'bom-ref': purl,
    ...(scopeName && { group: scopeName }),
    name: bare,
    version,
    scope,
    ...(integrity && { hashes: [hash(integrity)] }),
    ...(license && { licenses: [/[ ()]/.test(license) ? { expression: license } : { license: { id: license } }] }),
    purl,
  }
}

/** Converts npm's `integrity` (Subresource Integrity) to a CycloneDX digest. */
function hash(integrity) {
  const [, algorithm, digest] = /^sha(\d+)-(.+)$/.exec(integrity)
  return { alg: `SHA-${algorithm}`, content: Buffer.from(digest, 'base64').toString('hex') }
}
