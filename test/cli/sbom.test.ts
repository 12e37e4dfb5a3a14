import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { webUrl } from '../../src/operations/project/urls.ts'
import { spdxLicenses } from '../../src/package/license.ts'
import { Rig } from '../rig/rig.ts'

async function installed(extra: Record<string, string> = {}) {
  const rig = await Rig.create()
  await rig.publish(
    ['bytes@1.0.0', { license: 'MIT OR Apache-2.0' }],
    ['@org/codec@1.2.0-rc.1', { license: 'MIT', homepage: 'https://example.org/codec', description: 'Codes' }],
    ['house@1.0.0', { license: 'see LICENSE.txt' }],
    'bare@3.0.0',
  )
  await rig.publish(['photos@2.0.0', { license: 'MIT', dependencies: { bytes: '^1', '@org/codec': '1.2.0-rc.1' } }])
  const cwd = rig.project({
    name: 'album',
    version: '0.1.0',
    dependencies: { photos: '*', house: '*', bare: '*', ...extra },
  })
  expect((await rig.cpm('install', { cwd })).code).toBe(0)
  return { rig, cwd }
}

test('licenses lists what installed packages declare, and marks what is not an SPDX expression', async () => {
  const { rig, cwd } = await installed()
  await using _ = rig
  const { stdout, code } = await rig.cpm('licenses', { cwd })
  expect(code).toBe(0)
  expect(stdout.split('\n')).toEqual([
    'MIT: @org/codec 1.2.0-rc.1, photos 2.0.0',
    'none declared: bare 3.0.0',
    'MIT OR Apache-2.0: bytes 1.0.0',
    'see LICENSE.txt (not an SPDX expression): house 1.0.0',
    '5 packages',
  ])
  expect((await rig.cpm('licenses --json', { cwd })).json.data).toMatchObject({
    packages: [
      { name: '@org/codec', license: 'MIT', spdx: true },
      { name: 'bare', license: null, spdx: false },
      {},
      {},
      {},
    ],
  })
})

test.each(['licenses', 'sbom'])('%s needs a lock, and that its packages are installed', async (command) => {
  const { rig, cwd } = await installed()
  await using _ = rig
  fs.rmSync(path.join(cwd, 'colony_packages/house'))
  fs.rmSync(path.join(cwd, 'colony_packages/bare'))
  const { stderr, code } = await rig.cpm(command, { cwd })
  expect(stderr).toContain('bare@3.0.0 and 1 more are locked but not installed\n  hint: cpm install')
  expect(code).not.toBe(0)
  fs.rmSync(path.join(cwd, 'colony.lock'))
  expect((await rig.cpm(command, { cwd })).stderr).toContain('LOCK_OUTDATED')
})

test('another manifest in the place of a package is not believed', async () => {
  const { rig, cwd } = await installed()
  await using _ = rig
  const slot = path.join(cwd, 'colony_packages/house')
  fs.rmSync(slot)
  fs.mkdirSync(slot)
  fs.writeFileSync(path.join(slot, 'colony.yaml'), 'apiVersion: v1\nname: house\nversion: 9.9.9\nlicense: MIT\n')
  expect((await rig.cpm('licenses', { cwd })).stderr).toContain('house@1.0.0 is locked but not installed')
})

interface CycloneDx {
  metadata: { component: { 'bom-ref': string } }
  components: { 'bom-ref': string; name: string; group?: string; hashes: object[]; licenses?: object[] }[]
  dependencies: { ref: string; dependsOn: string[] }[]
}

test('sbom writes CycloneDX: every package with its license, digest and dependencies, the same bytes each time', async () => {
  const { rig, cwd } = await installed()
  await using _ = rig
  const { stdout } = await rig.cpm('sbom', { cwd })
  const bom = JSON.parse(stdout) as CycloneDx
  expect(bom).toMatchObject({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    metadata: { component: { name: 'album', version: '0.1.0' } },
  })
  const refs = [bom.metadata.component['bom-ref'], ...bom.components.map((each) => each['bom-ref'])]
  expect(new Set(refs).size).toBe(6)
  expect(bom.dependencies.map(({ ref }) => ref).sort()).toEqual([...refs].sort())
  for (const { dependsOn } of bom.dependencies) for (const ref of dependsOn) expect(refs).toContain(ref)
  const of = (name: string) => bom.components.find((each) => each.name === name)
  expect(of('codec')).toMatchObject({
    'bom-ref': 'pkg:generic/%40org/codec@1.2.0-rc.1',
    group: '@org',
    description: 'Codes',
    licenses: [{ license: { id: 'MIT' } }],
    hashes: [{ alg: 'BLAKE3', content: expect.stringMatching(/^[0-9a-f]{64}$/) as string }],
    externalReferences: [{ type: 'website', url: 'https://example.org/codec' }],
  })
  expect(of('bytes')?.licenses).toEqual([{ expression: 'MIT OR Apache-2.0' }])
  expect(of('house')?.licenses).toEqual([{ license: { name: 'see LICENSE.txt' } }])
  expect(of('bare')?.licenses).toBeUndefined()
  expect(bom.dependencies.find(({ ref }) => ref.startsWith('pkg:generic/photos@'))?.dependsOn).toEqual([
    'pkg:generic/%40org/codec@1.2.0-rc.1',
    'pkg:generic/bytes@1.0.0',
  ])
  expect((await rig.cpm('sbom', { cwd })).stdout).toBe(stdout)
})

test('sbom writes SPDX, into a file', async () => {
  const { rig, cwd } = await installed()
  await using _ = rig
  const { stdout, code } = await rig.cpm('sbom --format spdx -o out.spdx.json', { cwd })
  expect(code).toBe(0)
  expect(stdout).toBe(`wrote ${path.join(cwd, 'out.spdx.json')}: 5 packages`)
  const document = JSON.parse(fs.readFileSync(path.join(cwd, 'out.spdx.json'), 'utf8')) as {
    spdxVersion: string
    creationInfo: { created: string }
    packages: { SPDXID: string; name: string; licenseDeclared: string }[]
    relationships: { spdxElementId: string; relationshipType: string; relatedSpdxElement: string }[]
  }
  expect(document.spdxVersion).toBe('SPDX-2.3')
  expect(document.creationInfo.created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  const ids = document.packages.map(({ SPDXID }) => SPDXID)
  expect(new Set(ids).size).toBe(6)
  for (const id of ids) expect(id).toMatch(/^SPDXRef-[A-Za-z0-9.-]+$/)
  for (const { spdxElementId, relatedSpdxElement } of document.relationships)
    for (const id of [spdxElementId, relatedSpdxElement]) expect(['SPDXRef-DOCUMENT', ...ids]).toContain(id)
  const declared = Object.fromEntries(document.packages.map(({ name, licenseDeclared }) => [name, licenseDeclared]))
  expect(declared).toMatchObject({
    bytes: 'MIT OR Apache-2.0',
    house: 'NOASSERTION',
    bare: 'NOASSERTION',
    '@org/codec': 'MIT',
  })
  expect((await rig.cpm('sbom -o no/such/folder.json', { cwd })).stderr).toContain('FILE_UNWRITABLE')
  expect((await rig.cpm('sbom --format html', { cwd })).stderr).toContain('cyclonedx')
})

test.each([
  ['MIT', ['MIT']],
  ['(MIT OR Apache-2.0) AND BSD-3-Clause', ['MIT', 'Apache-2.0', 'BSD-3-Clause']],
  ['GPL-2.0-only WITH Classpath-exception-2.0', ['GPL-2.0-only']],
  ['MIT OR MIT', ['MIT']],
  ['mit', undefined],
  ['Proprietary', undefined],
  ['', undefined],
  ['MIT OR', undefined],
  [`${'('.repeat(250)}MIT`, undefined],
])('%s has the licenses %j', (text, ids) => {
  expect(spdxLicenses(text)).toEqual(ids)
})

test('a license that is not in the SPDX list is named, but needs no text that cpm does not have', async () => {
  await using rig = await Rig.create()
  await rig.publish(
    ['own@1.0.0', { license: 'LicenseRef-Own' }],
    ['both@1.0.0', { license: ' MIT OR LicenseRef-Own ' }],
  )
  const cwd = rig.project({ dependencies: { own: '*', both: '*' } })
  expect((await rig.cpm('install', { cwd })).code).toBe(0)
  const bom = JSON.parse((await rig.cpm('sbom', { cwd })).stdout) as CycloneDx
  const licenses = Object.fromEntries(bom.components.map((each) => [each.name, each.licenses]))
  expect(licenses.own).toEqual([{ expression: 'LicenseRef-Own' }])
  expect((await rig.cpm('sbom --format spdx', { cwd })).stdout).not.toMatch(/"licenseDeclared": "[^"]*LicenseRef/)
})

test('in a workspace, a member that another one uses is in the bill of materials once', async () => {
  await using rig = await Rig.create()
  const cwd = rig.project({ workspace: { members: ['packages/*'] } })
  rig.write({ 'packages/one/colony.yaml': 'apiVersion: v1\nname: one\nversion: 1.0.0\n' }, cwd)
  rig.write(
    { 'packages/two/colony.yaml': 'apiVersion: v1\nname: two\nversion: 1.0.0\ndependencies: { one: "*" }\n' },
    cwd,
  )
  expect((await rig.cpm('install', { cwd })).code).toBe(0)
  const bom = JSON.parse((await rig.cpm('sbom', { cwd })).stdout) as CycloneDx
  expect(bom.components.map(({ name }) => name).filter((name) => ['one', 'two'].includes(name))).toEqual(['one', 'two'])
  expect(bom.dependencies).toContainEqual({ ref: 'two@1.0.0', dependsOn: ['one@1.0.0'] })
  const spdx = JSON.parse((await rig.cpm('sbom --format spdx', { cwd })).stdout) as { packages: { name: string }[] }
  expect(spdx.packages.filter(({ name }) => name === 'one').length).toBe(1)
})

test.each([
  ['https://example.org/a b', 'https://example.org/a%20b'],
  ['https://example.org/a|b', 'https://example.org/a%7Cb'],
  ['git+ssh://git@example.org/x.git', 'git+ssh://git@example.org/x.git'],
  ['javascript:alert(1)', undefined],
  ['example.org/x', undefined],
])('the address %s is written as %s', (text, url) => {
  expect(webUrl(text)).toBe(url)
})
