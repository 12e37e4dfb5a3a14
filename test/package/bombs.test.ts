import fs from 'node:fs'
import path from 'node:path'
import zlib from 'node:zlib'
import { stringify } from 'yaml'
import { expect, test } from 'vitest'
import { ForgedRegistry } from '../rig/forged-registry.ts'
import { Rig } from '../rig/rig.ts'
import { entry, gzip, header, longEntry, tar } from './forge.ts'

const MiB = 1024 * 1024
const MOST_KIB = 200 * 1024
const RSS = path.resolve(import.meta.dirname, '../faults/rss.mjs')

/** A gzip member of that many zeros in one file, without holding them in memory. Its checksum is wrong. */
function zeros(count: number): Buffer {
  const finishFlush = zlib.constants.Z_FULL_FLUSH
  const one = zlib.deflateRawSync(Buffer.alloc(MiB), { finishFlush })
  const head = zlib.deflateRawSync(header('zeros', { size: Math.min(count, 8191) * MiB }), { finishFlush })
  const start = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])
  const end = zlib.deflateRawSync(Buffer.alloc(1024))
  return Buffer.concat([start, head, ...Array<Buffer>(count).fill(one), end, Buffer.alloc(8)])
}

function many(count: number, name: (number: string) => string): Buffer {
  const digits = String(count).length
  const entries = Array.from({ length: count }, (_, at) => entry(name(String(at).padStart(digits, '0'))))
  return gzip(tar(entries), { level: 1 })
}

const BOMBS: Record<string, () => Buffer> = {
  '10 GiB of zeros': () => zeros(10 * 1024),
  '120 MiB of zeros': () => zeros(120),
  '201,000 empty files': () => many(201_000, (at) => `f${at}`),
  '400,000 folders': () => many(10_000, (at) => `d${at}/${'x/'.repeat(40)}f`),
  '100,000 folders in one another': () => gzip(tar([longEntry(`${'d/'.repeat(100_000)}f`)])),
  'a name of 64 KiB': () => gzip(tar([longEntry('n'.repeat(64 * 1024))])),
  'paths of 1 KiB, many of them': () =>
    gzip(
      tar(Array.from({ length: 18_000 }, (_, at) => longEntry(`${'p'.repeat(250)}/`.repeat(4) + String(at + 100_000)))),
      {
        level: 1,
      },
    ),
  'an archive in an archive in an archive': () => {
    let packed = zeros(1024)
    for (let depth = 0; depth < 3; depth++) packed = gzip(tar([entry('inner.cpm', packed)]))
    return packed
  },
}

/** Runs cpm in a process of its own. @returns its error, and its peak memory in KiB */
async function measured(rig: Rig, args: string[], env: Record<string, string> = {}) {
  const rss = rig.path('rss')
  const result = await rig.binary([...args, '--json'], {
    cwd: rig.root,
    env: { NODE_OPTIONS: `--import ${RSS}`, CPM_TEST_RSS: rss, ...env },
  })
  return { code: result.json.error?.code, peak: Number(fs.readFileSync(rss, 'utf8')) }
}

test.each(Object.keys(BOMBS))('A09 %s: cpm publish refuses it, in less than 200 MiB of memory', async (name) => {
  await using rig = await Rig.create()
  rig.write({ 'bomb.cpm': BOMBS[name]?.() ?? '' })
  const { code, peak } = await measured(rig, ['publish', 'bomb.cpm'])
  expect(code).toMatch(/^ARCHIVE_(?:TOO_LARGE|INVALID)$/)
  expect(peak).toBeLessThan(MOST_KIB)
})

test('A09 a signed bomb from a registry is refused too, in less than 200 MiB of memory', async () => {
  await using rig = await Rig.create()
  const registry = new ForgedRegistry(rig.path('forged'))
  const said = { name: 'bomb', version: '1.0.0' }
  const manifest = stringify({ apiVersion: 'v1', ...said })
  await registry.add(said, { 'colony.yaml': manifest, zeros: Buffer.alloc(60 * MiB) })
  rig.write({ 'colony.yaml': 'apiVersion: v1\n' })
  const { code, peak } = await measured(rig, ['install', 'bomb', '--registry', registry.root])
  expect(code).toBe('ARCHIVE_TOO_LARGE')
  expect(peak).toBeLessThan(MOST_KIB)
  expect(fs.existsSync(rig.path('colony_packages', 'bomb'))).toBe(false)
})
