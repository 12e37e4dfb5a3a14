import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { stringify } from 'yaml'
import { afterAll, expect, test } from 'vitest'
import { blake3 } from '../../src/core/blake3.ts'
import { CpmError } from '../../src/core/errors.ts'
import { createPool } from '../../src/core/pool.ts'
import { writeStatement } from '../../src/package/signed-envelope.ts'
import { pack } from '../rig/pack.ts'
import { digest } from '../../src/package/tasks.ts'
import { admit } from '../../src/registry/admit.ts'
import type { PackageStatement } from '../../src/schema/envelope.ts'
import { entry, gzip, tar } from '../package/forge.ts'
import { signed } from '../package/signed.ts'

const pool = createPool()
const place = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-admit-'))
afterAll(async () => {
  await pool.close()
  fs.rmSync(place, { recursive: true })
})

let count = 0

/** An honest author's package, with what they would sign. */
async function honest(manifest: Record<string, unknown> = {}) {
  const folder = path.join(place, `package-${++count}`)
  fs.mkdirSync(folder)
  const text = stringify({ apiVersion: 'v1', name: 'a', version: '1.0.0', ...manifest })
  fs.writeFileSync(path.join(folder, 'colony.yaml'), text)
  const archive = `${folder}.cpm`
  const packed = await pack(folder, { pool, output: archive })
  const digests = await pool.run(digest, { file: archive })
  const payload = writeStatement(packed.manifest, packed.contents, digests)
  return { archive, statement: JSON.parse(payload.toString()) as Writable<PackageStatement> }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] extends object ? Writable<T[K]> : T[K] }

async function outcome(archive: string, statement: unknown): Promise<string> {
  try {
    const { predicate } = await admit(pool, archive, signed(statement), 'a@1.0.0')
    return `admitted ${predicate.name}`
  } catch (error) {
    if (error instanceof CpmError) return error.code
    throw error
  }
}

type Predicate = Writable<PackageStatement['predicate']>
const OTHER = blake3(Buffer.from('other'))

test('an archive is admitted with a matching envelope', async () => {
  const { archive, statement } = await honest({ dependencies: { b: '^1.0.0' }, features: {} })
  expect(await outcome(archive, statement)).toBe('admitted a')
})

test.each<[what: string, lie: (predicate: Predicate) => object]>([
  ['a different name', () => ({ name: 'b' })],
  ['a different version', () => ({ version: '1.0.1' })],
  ['no dependencies', () => ({ dependencies: {} })],
  ['a different range', () => ({ dependencies: { b: '*' } })],
  ['a feature', () => ({ features: { extra: ['b'] } })],
  ['a condition', () => ({ conditions: { cpm: '>=9' } })],
  ['a different tree', () => ({ tree: OTHER })],
  ['more files', ({ files }) => ({ files: files + 1 })],
  ['a different size', ({ size }) => ({ size: size + 1 })],
  ['a different tar', ({ tar }) => ({ tar: { ...tar, blake3: OTHER } })],
  ['a longer tar', ({ tar }) => ({ tar: { ...tar, size: tar.size + 1 } })],
  ['a longer archive', ({ archives: [gzip] }) => ({ archives: [{ ...gzip, size: (gzip?.size ?? 0) + 1 }] })],
  ['different chunks', ({ archives: [gzip] }) => ({ archives: [{ ...gzip, chunkRoot: OTHER }] })],
  ['a different format', ({ archives: [gzip] }) => ({ archives: [{ ...gzip, format: 'zstd' }] })],
])('an envelope that states %s is refused, even with a valid signature', async (_what, lie) => {
  const { archive, statement } = await honest({ dependencies: { b: '^1.0.0' } })
  Object.assign(statement.predicate, lie(statement.predicate))
  expect(await outcome(archive, statement)).toBe('ENVELOPE_INVALID')
})

test.each(['blake3', 'sha256', 'sha512'] as const)('an envelope with a different %s is refused', async (algorithm) => {
  const { archive, statement } = await honest()
  const [gzip] = statement.predicate.archives
  const other = 'ab'.repeat(algorithm === 'sha512' ? 64 : 32)
  if (gzip) gzip[algorithm] = `${algorithm}:${other}` as never
  if (statement.subject[0]) statement.subject[0].digest[algorithm] = other
  expect(await outcome(archive, statement)).toBe('ENVELOPE_INVALID')
})

test('an archive that is not in canonical form is refused, even if its envelope matches its bytes', async () => {
  const { statement } = await honest()
  const archive = path.join(place, 'late.cpm')
  const manifest = 'apiVersion: v1\nname: a\nversion: 1.0.0\n'
  fs.writeFileSync(archive, gzip(tar([entry('colony.yaml', manifest, { mtime: '00000000001\0' })])))
  const digests = await pool.run(digest, { file: archive })
  Object.assign(statement.predicate.archives[0] ?? {}, digests)
  const hex = Object.entries(digests).map(([name, value]) => [name, String(value).split(':')[1]])
  if (statement.subject[0]) {
    const { blake3, sha256, sha512 } = Object.fromEntries(hex) as Record<string, string>
    statement.subject[0].digest = { blake3, sha256, sha512 } as never
  }
  expect(await outcome(archive, statement)).toBe('ARCHIVE_INVALID')
})

test("a package that depends on a folder on its author's machine is refused", async () => {
  const { archive, statement } = await honest({ dependencies: { b: 'path:../b' } })
  expect(await outcome(archive, statement)).toBe('MANIFEST_INVALID')
})
