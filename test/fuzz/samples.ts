import fs from 'node:fs'
import path from 'node:path'
import { canonicalJson } from '../../src/core/canonical-json.ts'

/** Valid inputs of every kind, to be mutated. The archive, its envelope and its owners are the golden vectors. */
const FORMATS = path.resolve(import.meta.dirname, '../../fixtures/formats')
const golden = (name: string) => fs.readFileSync(path.join(FORMATS, name))

/** the key of the golden vectors, whose secret is public */
export const SEED = Buffer.alloc(32, 7)

export const archive = golden('sample-1.2.0.cpm')
export const tar = golden('sample-1.2.0.tar')
export const envelope = golden('sample-1.2.0.dsse')
export const owners = golden('sample.owners')
export const table = golden('sample.table')
export const workflow = golden('sample/workflows/main.yaml')

export const statement: unknown = JSON.parse(
  Buffer.from((JSON.parse(envelope.toString()) as { payload: string }).payload, 'base64').toString(),
)

const DIGEST = `blake3:${'0123456789abcdef'.repeat(4)}`
const KEY = 'ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c'
const AT = '2026-03-14T10:00:00.000Z'
const conditions = { architecture: ['x86_64'], colonyos: '>=1.9.0' }
const about = { v: 1, name: '@formats/sample' }

export const index = Buffer.from(
  ['1.2.0', '1.3.0-rc.1', '2.0.0']
    .flatMap((version) => [
      {
        ...about,
        type: 'publish',
        version,
        dependencies: { b: '^1.0.0', c: { version: '>=1 <3', optional: true, features: ['x'] } },
        features: { more: ['c'] },
        conditions,
        tree: DIGEST,
        size: 100,
        archiveSize: 50,
        envelope: DIGEST,
        owners: 1,
        publishedAt: AT,
      },
      { ...about, type: 'yank', version, reason: 'broken', at: AT },
    ])
    .map((record) => `${canonicalJson(record)}\n`)
    .join(''),
)

export const manifest = Buffer.from(`# a package
apiVersion: v1
name: thumbnails
version: 1.2.0
description: >-
  Scale images on any executor
license: MIT
maintainers: [{ name: Ada, email: ada@example.org, url: https://example.org }]
keywords: [image, "two words"]
homepage: https://example.org/x
dependencies:
  image-tools: ^2.1.0
  gpu-helpers: { version: '>=1.0 <3', optional: true, features: [cuda] }
  local-tools: path:../local-tools
devDependencies: {}
features: { cuda: [gpu-helpers] }
conditions: { colonyos: '>=1.9.0', architecture: [x86_64, aarch64], cpm: '>=0.1.0' }
inputs:
  - { key: size, label: Size, type: integer, default: 256, min: 16, max: 8192 }
  - key: datasets
    type: list
    required: true
    items: { type: map, fields: [{ key: name, type: string }, { key: rows, type: integer }] }
  - { key: format, type: string, options: [png, webp], default: webp }
  - { key: store.token, type: string, secret: true }
files: ['**']
executables: ['bin/*']
overrides: { image-tools: 2.1.3 }
functions:
  - { executortype: image, name: resize, command: [bin/resize.js] }
`)

export const config = Buffer.from(`registry:
  default: work
  registries:
    work: { url: https://registry.example.org/cpm/ }
    here: { url: ./registry, insecure: true }
  scopes: { "@acme": work }
install: { mode: copy }
network: { httpProxy: http://proxy:3128, retries: 3, allowedAddresses: [10.1.0.0/16, a.test] }
security: { requireSignatures: true, trustedKeys: { "@acme/*": ["${KEY}"] }, algorithms: [ed25519] }
storage: { store: /tmp/store }
colony: { insecureHosts: [h], timeout: 5 }
engines: { local: { grace: 2 } }
`)

const release = { registry: 'folder', tree: DIGEST, tar: DIGEST, owner: KEY }

export const lock = Buffer.from(
  JSON.stringify({
    schemaVersion: 1,
    roots: { '.': { dependencies: { a: '^1.0.0', b: 'path:../b' }, devDependencies: {}, overrides: { c: '1.x' } } },
    omitted: { d: 'needs colonyos >=2' },
    packages: {
      a: { ...release, version: '1.0.0', dependencies: { c: { version: '^1', optional: true, features: ['x'] } } },
      b: { path: '../b', version: '0.1.0', dependencies: {} },
      c: { ...release, version: '1.2.3-rc.1', dependencies: {}, owner: null },
    },
  }),
)

/** trust.json, contexts.json and credentials.json */
export const homeFiles: readonly Buffer[] = [
  { schemaVersion: 1, trusted: [{ key: KEY, packages: '@acme/*', at: AT }], distrusted: [{ key: KEY, at: AT }] },
  {
    schemaVersion: 1,
    current: 'lab',
    contexts: { lab: { registry: 'work', server: { host: 'h', port: 443, tls: true }, colony: 'c', keyFile: '/k' } },
  },
  { schemaVersion: 1, tokens: { 'https://a.test/x/': { token: 'made-up', savedAt: AT } } },
].map((value) => Buffer.from(JSON.stringify(value)))
