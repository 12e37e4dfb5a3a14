import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createHash } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { blake3, digestBytes } from '../../src/core/blake3.ts'
import { createPool } from '../../src/core/pool.ts'
import { chunkSizeFor, ChunkRoot } from '../../src/package/chunks.ts'
import { digest } from '../../src/package/tasks.ts'

const KiB = 1024
const MiB = 1024 * KiB

const pool = createPool()
afterAll(() => pool.close())

/** A plain implementation of the definition. */
function rootOf(bytes: Buffer, size: number): string {
  const digests: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size) digests.push(digestBytes(blake3(bytes.subarray(at, at + size))))
  return blake3(Buffer.concat(digests))
}

function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let i = 0, x = 7; i < length; i++) bytes[i] = (x = (x * 1103515245 + 12345) % 2 ** 31) >>> 16
  return bytes
}

describe('chunks', () => {
  test('grow with the archive', () => {
    expect([0, 1, 64 * MiB - 1].map(chunkSizeFor)).toEqual([256 * KiB, 256 * KiB, 256 * KiB])
    expect([64 * MiB, 1024 * MiB - 1].map(chunkSizeFor)).toEqual([MiB, MiB])
    expect([1024 * MiB, 2 ** 40].map(chunkSizeFor)).toEqual([4 * MiB, 4 * MiB])
  })

  test('have a root that covers their digests in order', () => {
    for (const length of [0, 1, 9, 10, 11, 20, 25, 100]) {
      const bytes = noise(length)
      const root = new ChunkRoot(10)
      root.update(bytes)
      expect(root.digest(), `${length} bytes`).toBe(rootOf(bytes, 10))
    }
  })

  test('have the same root however the bytes arrive', () => {
    const bytes = noise(1000)
    for (const piece of [1, 7, 10, 64, 999, 1000]) {
      const root = new ChunkRoot(64)
      for (let at = 0; at < bytes.length; at += piece) root.update(bytes.subarray(at, at + piece))
      expect(root.digest(), `in pieces of ${piece}`).toBe(rootOf(bytes, 64))
    }
    const one = new ChunkRoot(64)
    one.update(bytes)
    const swapped = new ChunkRoot(64)
    swapped.update(Buffer.concat([bytes.subarray(64, 128), bytes.subarray(0, 64), bytes.subarray(128)]))
    expect(swapped.digest()).not.toBe(one.digest())
  })

  test('the digest task computes every digest of an archive', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-chunks-'))
    try {
      for (const length of [0, 1, 256 * KiB, 256 * KiB + 1, 3 * MiB + 5]) {
        const bytes = noise(length)
        const file = path.join(folder, 'archive')
        fs.writeFileSync(file, bytes)
        expect(await pool.run(digest, { file })).toEqual({
          size: length,
          blake3: blake3(bytes),
          sha256: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
          sha512: `sha512:${createHash('sha512').update(bytes).digest('hex')}`,
          chunkSize: 256 * KiB,
          chunkRoot: rootOf(bytes, 256 * KiB),
        })
      }
      await expect(pool.run(digest, { file: path.join(folder, 'none') })).rejects.toMatchObject({
        code: 'FILE_UNREADABLE',
      })
    } finally {
      fs.rmSync(folder, { recursive: true })
    }
  })
})
