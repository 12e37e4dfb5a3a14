import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
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
