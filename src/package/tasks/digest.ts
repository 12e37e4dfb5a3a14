import { createHash } from 'node:crypto'
import fs from 'node:fs'
import type { Sha256, Sha512 } from '../../schema/digest.ts'
import { createBlake3 } from '../../core/blake3.ts'
import { fileError } from '../../core/errors.ts'
import { defineTask } from '../../core/task.ts'
import { chunkSizeFor, ChunkRoot } from '../chunks.ts'
import type { ArchiveDigests } from '../signed-envelope.ts'

const PIECE = 1024 * 1024

/** Computes every digest of an archive file that its envelope needs, in one pass. */
export default defineTask(({ file }: { file: string }): ArchiveDigests => {
  const fd = open(file)
  try {
    const { size } = fs.fstatSync(fd)
    const chunkSize = chunkSizeFor(size)
    const blake3 = createBlake3()
    const sha256 = createHash('sha256')
    const sha512 = createHash('sha512')
    const chunks = new ChunkRoot(chunkSize)
    const buffer = Buffer.allocUnsafe(PIECE)
    let read: number
    while ((read = fs.readSync(fd, buffer, 0, PIECE, null)) > 0) {
      const piece = buffer.subarray(0, read)
      for (const hash of [blake3, sha256, sha512, chunks]) hash.update(piece)
    }
    return {
      size,
      blake3: blake3.digest(),
      sha256: `sha256:${sha256.digest('hex')}` as Sha256,
      sha512: `sha512:${sha512.digest('hex')}` as Sha512,
      chunkSize,
      chunkRoot: chunks.digest(),
    }
  } finally {
    fs.closeSync(fd)
  }
})

function open(file: string): number {
  try {
    return fs.openSync(file, 'r')
  } catch (error) {
    throw fileError(error, 'read', file)
  }
}
