import { describe, expect, test } from 'vitest'
import { blake3, blake3Implementation, createBlake3, createPortableBlake3, digestBytes } from '../../src/core/blake3.ts'

function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let i = 0, x = length + 1; i < length; i++) bytes[i] = (x = (x * 1103515245 + 12345) % 2 ** 31) >>> 16
  return bytes
}

function portable(...pieces: Uint8Array[]): string {
  const hasher = createPortableBlake3()
  for (const piece of pieces) hasher.update(piece)
  return hasher.digest()
}

/** From the test vectors of the BLAKE3 project: the input is the bytes 0, 1, … 250, 0, 1, … */
const OFFICIAL: [length: number, hex: string][] = [
  [0, 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'],
  [1, '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213'],
  [1023, '10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11'],
  [1024, '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7'],
  [1025, 'd00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444'],
]

describe('BLAKE3', () => {
  test('matches the official vectors in both implementations', () => {
    for (const [length, hex] of OFFICIAL) {
      const input = Buffer.from(Array.from({ length }, (_, i) => i % 251))
      expect(blake3(input), `${length} bytes`).toBe(`blake3:${hex}`)
      expect(portable(input), `${length} bytes`).toBe(`blake3:${hex}`)
    }
    const abc = 'blake3:6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85'
    expect([blake3('abc'), portable(Buffer.from('abc'))]).toEqual([abc, abc])
  })

  test.skipIf(blake3Implementation === 'portable')('gives the same digest natively and portably for any size', () => {
    const sizes = [0, 1, 63, 64, 65, 1023, 1024, 1025, 2048, 2049, 65_536, 65_537, 1024 * 1024]
    for (let i = 0; i < 40; i++) sizes.push((i * 7919 + i ** 3) % 20_000)
    for (const size of sizes) expect(blake3(noise(size)), `${size} bytes`).toBe(portable(noise(size)))
  })

  test('does not depend on how the input is split', () => {
    const bytes = noise(5000)
    for (const piece of [1, 64, 1000, 1024, 4999]) {
      const hashers = [createBlake3(), createPortableBlake3()]
      for (let at = 0; at < bytes.length; at += piece)
        for (const hasher of hashers) hasher.update(bytes.subarray(at, at + piece))
      expect(hashers.map((hasher) => hasher.digest())).toEqual([blake3(bytes), blake3(bytes)])
    }
  })

  test('hashes strings as UTF-8, and returns the bytes of a digest', () => {
    expect(blake3('ü')).toBe(blake3(Buffer.from([0xc3, 0xbc])))
    expect(Buffer.from(digestBytes(blake3(''))).toString('hex')).toBe(OFFICIAL[0]?.[1])
  })
})
