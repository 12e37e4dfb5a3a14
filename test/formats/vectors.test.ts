import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { canonicalJson } from '../../src/core/canonical-json.ts'
import { createPool } from '../../src/core/pool.ts'
import { readEnvelope } from '../../src/package/signed-envelope.ts'
import { readOwnersChain } from '../../src/package/owners.ts'
import { PackageName } from '../../src/schema/name.ts'
import { makeVectors, VECTORS } from '../rig/format-vectors.ts'
import { Rig } from '../rig/rig.ts'

const pool = createPool()
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-vectors-'))
afterAll(async () => {
  await pool.close()
  fs.rmSync(scratch, { recursive: true })
})

const golden = (name: string) => fs.readFileSync(path.join(VECTORS, name))
const READER = path.join(import.meta.dirname, 'reader.py')
const hasPython = spawnSync('python3', ['--version']).status === 0

describe('golden vectors', () => {
  test('match the tar, table, envelope contents and owners that cpm writes today', async () => {
    const made = await makeVectors(pool, scratch)
    expect(made.tar.equals(golden('sample-1.2.0.tar'))).toBe(true)
    expect(made.table).toBe(golden('sample.table').toString())
    expect(made.owners).toBe(golden('sample.owners').toString())
    expect(made.summary).toEqual(JSON.parse(golden('expected.json').toString()))
  })

  test('can be read today', () => {
    const { statement, signers } = readEnvelope(golden('sample-1.2.0.dsse'), 'sample')
    const chain = readOwnersChain(PackageName.parse('@formats/sample'), golden('sample.owners').toString())
    expect(statement.predicate).toMatchObject({ name: '@formats/sample', version: '1.2.0', files: 10 })
    expect(chain.map(({ keys }) => keys.length)).toEqual([1, 2])
    expect(chain[0]?.keys).toEqual(signers)
  })
})

describe.skipIf(!hasPython)('the reader in Python, written from docs/formats.md alone', () => {
  const read = (...args: string[]) => {
    const { stdout, status } = spawnSync('python3', [READER, ...args], { encoding: 'utf8' })
    return { status, said: JSON.parse(stdout) as Record<string, unknown> }
  }

  test('agrees with the golden vectors', () => {
    const { status, said } = read(
      ...['sample-1.2.0.cpm', 'sample-1.2.0.dsse'].map((name) => path.join(VECTORS, name)),
      '--owners',
      path.join(VECTORS, 'sample.owners'),
    )
    const expected = JSON.parse(golden('expected.json').toString()) as Record<string, unknown>
    expect(said).toMatchObject({ ...expected, table: golden('sample.table').toString() })
    expect(status).toBe(0)
  })

  test('agrees with what cpm publishes today', async () => {
    await using rig = await Rig.create()
    await rig.publish([
      '@org/tools@1.0.0-rc.1',
      { files: { 'bin/run': '#!/bin/sh\n', 'größe/ä.txt': 'x'.repeat(70_000) } },
    ])
    const at = path.join(rig.registry, 'packages/@org/tools/1.0.0-rc.1/tools-1.0.0-rc.1')
    const { status, said } = read(
      `${at}.cpm`,
      `${at}.dsse`,
      '--owners',
      path.join(rig.registry, 'keys/@org/tools'),
      '--index',
      path.join(rig.registry, 'index/@org/tools'),
    )
    const index = JSON.parse(rig.read('home/registry/index/@org/tools')) as Record<string, unknown>
    expect(said).toMatchObject({ name: '@org/tools', version: '1.0.0-rc.1', tree: index.tree })
    expect(status).toBe(0)
  })

  describe('reads an index', () => {
    let rig: Rig
    let published: Record<string, unknown>
    beforeAll(async () => {
      rig = await Rig.create()
      await rig.publish('a@1.0.0')
      published = JSON.parse(rig.read('home/registry/index/a')) as Record<string, unknown>
    })
    afterAll(() => rig[Symbol.asyncDispose]())

    const AT = '2026-03-14T10:00:00.000Z'
    const status = (more: object) => ({ v: 1, type: 'yank', name: 'a', version: '1.0.0', at: AT, ...more })
    const readIndex = (...records: object[]) => {
      const lines = records.map((record) => `${canonicalJson(record)}\n`)
      fs.writeFileSync(rig.path('index'), lines.join(''))
      const at = path.join(rig.registry, 'packages/a/1.0.0/a-1.0.0')
      return read(`${at}.cpm`, `${at}.dsse`, '--index', rig.path('index'))
    }

    test.each<[what: string, records: () => object[]]>([
      ['with fields that it does not know', () => [{ ...published, more: { x: 1 } }, status({ more: [] })]],
      ['with a line in a newer format', () => [{ v: 2, body: '?' }, published]],
      [
        'with the status of a version that a newer line may have published',
        () => [published, { v: 2, type: 'publish', version: '2.0.0' }, status({ version: '2.0.0' })],
      ],
      [
        'with texts of the greatest length',
        () => [published, status({ reason: 'x'.repeat(1024), replacement: 'y'.repeat(256) })],
      ],
    ])('%s', (_what, records) => {
      expect(readIndex(...records())).toMatchObject({ status: 0, said: { name: 'a' } })
    })

    test.each<[what: string, records: () => object[], refused: RegExp]>([
      ['with a time without milliseconds', () => [{ ...published, publishedAt: '2026-03-14T10:00:00Z' }], /not a time/],
      ['with a time with an offset', () => [published, status({ at: '2026-03-14T10:00:00.000+00:00' })], /not a time/],
      ['with a day that does not exist', () => [published, status({ at: '2026-02-30T10:00:00.000Z' })], /no such time/],
      ['with a reason that is too long', () => [published, status({ reason: 'x'.repeat(1025) })], /reason is longer/],
      ['with the status of an unpublished version', () => [published, status({ version: '2.0.0' })], /not published/],
      ['with fields unlike the envelope', () => [{ ...published, size: 1 }], /size does not match/],
    ])('but not one %s', (_what, records, refused) => {
      const { status: code, said } = readIndex(...records())
      expect([code, said.refused]).toEqual([1, expect.stringMatching(refused)])
    })
  })

  test('refuses an archive with one byte changed', async () => {
    await using rig = await Rig.create()
    const archive = golden('sample-1.2.0.cpm')
    archive[archive.length >> 1] = (archive[archive.length >> 1] ?? 0) ^ 1
    fs.writeFileSync(rig.path('bad.cpm'), archive)
    const { status, said } = read(rig.path('bad.cpm'), path.join(VECTORS, 'sample-1.2.0.dsse'))
    expect(status).toBe(1)
    expect(said).toHaveProperty('refused')
  })
})

test.skipIf(hasPython)('SKIPPED: the independent reader, because python3 is not installed', () => {
  expect(() => execFileSync('python3', ['--version'])).toThrow()
})
