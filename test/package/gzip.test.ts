import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import zlib from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { CpmError } from '../../src/core/errors.ts'
import { inflateMember, openPacked } from '../../src/package/gzip.ts'
import { gzip } from './forge.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-gzip-'))
afterAll(() => {
  fs.rmSync(folder, { recursive: true, force: true })
})

const MiB = 1024 * 1024
/** Values of `maxBytes` that make the member inflate in pieces or in one call, with the same result. */
const PIECEWISE = 512 * MiB
const WHOLE = 4 * MiB

interface Options {
  maxBytes?: number
  expectedBytes?: number
}

/** Returns the inflated bytes, or the error code. */
async function inflate(
  packed: Uint8Array,
  { maxBytes = WHOLE, expectedBytes }: Options = {},
): Promise<Buffer | string> {
  const file = path.join(folder, 'member.gz')
  fs.writeFileSync(file, packed)
  const fd = fs.openSync(file, 'r')
  const pieces: Buffer[] = []
  try {
    await inflateMember(openPacked(fd, packed.length), { maxBytes, expectedBytes }, (chunk) =>
      pieces.push(Buffer.from(chunk)),
    )
    return Buffer.concat(pieces)
  } catch (error) {
    if (error instanceof CpmError) return error.code
    throw error
  } finally {
    fs.closeSync(fd)
  }
}

function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let i = 0, x = 3; i < length; i++) bytes[i] = (x = (x * 1103515245 + 12345) % 2 ** 31) >>> 16
  return bytes
}

const ways: [string, Options][] = [
  ['in one call', { maxBytes: WHOLE }],
  ['in pieces', { maxBytes: PIECEWISE }],
]

describe.each(ways)('a member inflated %s', (_, options) => {
  test('returns the original bytes, of any size', async () => {
    for (const length of [0, 1, 511, 65_536, MiB - 1, MiB, MiB + 1, 3 * MiB + 7]) {
      const bytes = noise(length)
      for (const level of [0, 6]) {
        const inflated = await inflate(gzip(bytes, { level }), options)
        expect(inflated instanceof Buffer && inflated.equals(bytes), `${length} at level ${level}`).toBe(true)
      }
    }
  })

  test('may come from the gzip of zlib', async () => {
    const bytes = noise(100_000)
    const inflated = await inflate(zlib.gzipSync(bytes), options)
    expect(inflated instanceof Buffer && inflated.equals(bytes)).toBe(true)
  })

  test('A14 is refused if anything follows it, wherever the pieces end', async () => {
    const bytes = noise(2 * MiB)
    const packed = gzip(bytes, { level: 0 })
    const body = packed.subarray(0, -8)
    const toPiece = 3 * MiB - (body.length - 10)
    for (const more of [1, 8, toPiece - 1, toPiece, toPiece + 1, 3 * MiB]) {
      const garbage = Buffer.concat([body, Buffer.alloc(more), packed.subarray(-8)])
      expect(await inflate(garbage, options), `${more} bytes inside`).toBe('ARCHIVE_INVALID')
      expect(await inflate(Buffer.concat([packed, Buffer.alloc(more)]), options)).toBe('ARCHIVE_INVALID')
    }
    expect(await inflate(Buffer.concat([packed, packed]), options)).toBe('ARCHIVE_INVALID')
  })

  test('A15 is refused if it is truncated', async () => {
    const packed = gzip(noise(2 * MiB), { level: 0 })
    for (const cut of [1, 7, 8, 9, 100, MiB, 2 * MiB - 100])
      expect(await inflate(packed.subarray(0, -cut), options), `${cut} bytes`).toBe('ARCHIVE_INVALID')
    const small = gzip(Buffer.from('hello hello hello'))
    for (let length = 0; length < small.length; length++)
      expect(await inflate(small.subarray(0, length), options), `${length} bytes left`).toBe('ARCHIVE_INVALID')
  })

  test('A15 is refused with a wrong checksum or length, even if it is empty', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('x'), noise(MiB + 1)]) {
      const crc = zlib.crc32(bytes)
      expect(await inflate(gzip(bytes, { crc: (crc ^ 0x80000000) >>> 0 }), options)).toBe('ARCHIVE_INVALID')
      expect(await inflate(gzip(bytes, { length: bytes.length + 1 }), options)).toBe('ARCHIVE_INVALID')
    }
  })

  test('A15 is refused if the deflate stream is damaged', async () => {
    const packed = gzip(Buffer.from('text '.repeat(1000)))
    const bytes = Buffer.from(packed)
    bytes[10] = 0xff
    expect(await inflate(bytes, options)).toBe('ARCHIVE_INVALID')
  })
})

describe('limits', () => {
  test('A09 allow the last byte and not one more', async () => {
    for (const length of [1000, 3 * MiB]) {
      const packed = gzip(noise(length), { level: 0 })
      expect(await inflate(packed, { maxBytes: length })).toBeInstanceOf(Buffer)
      expect(await inflate(packed, { maxBytes: length - 1 })).toBe('ARCHIVE_TOO_LARGE')
    }
  })

  test('A10 use the expected size only as a hint for the buffer', async () => {
    const bytes = noise(100_000)
    const packed = gzip(bytes)
    for (const expectedBytes of [0, 1, 100_000, 99_999, 4 * MiB]) {
      const inflated = await inflate(packed, { maxBytes: 4 * MiB, expectedBytes })
      expect(inflated instanceof Buffer && inflated.equals(bytes), `${expectedBytes} expected`).toBe(true)
    }
  })
})

describe('the gzip header', () => {
  test('A14 must have no flags, and may have any time, level and system', async () => {
    const bytes = Buffer.from('hello')
    const free = Buffer.from([0x1f, 0x8b, 8, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
    expect(await inflate(gzip(bytes, { header: free }))).toBeInstanceOf(Buffer)
    for (let flags = 1; flags < 256; flags++)
      expect(await inflate(gzip(bytes, { flags })), `flags ${flags}`).toBe('ARCHIVE_INVALID')
    for (const [at, value] of [
      [0, 0x1e],
      [1, 0x8c],
      [2, 7],
      [2, 0],
    ] as const) {
      const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])
      header[at] = value
      expect(await inflate(gzip(bytes, { header }))).toBe('ARCHIVE_INVALID')
    }
  })
})
