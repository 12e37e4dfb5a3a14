import type { Blake3 } from '../schema/digest.ts'
import { createBlake3, digestBytes } from '../core/blake3.ts'

const KiB = 1024
const MiB = 1024 * KiB

/** Returns the size of an archive's chunks, which peers will check one by one. */
export function chunkSizeFor(archiveBytes: number): number {
  if (archiveBytes < 64 * MiB) return 256 * KiB
  return archiveBytes < 1024 * MiB ? MiB : 4 * MiB
}

/** Computes the chunk root of a stream: BLAKE3 over the digests of its consecutive chunks. */
export class ChunkRoot {
  readonly #size: number
  readonly #root = createBlake3()
  #chunk = createBlake3()
  #filled = 0

  constructor(chunkSize: number) {
    this.#size = chunkSize
  }

  update(bytes: Uint8Array): void {
    let rest = bytes
    while (rest.length > 0) {
      const part = rest.subarray(0, this.#size - this.#filled)
      this.#chunk.update(part)
      this.#filled += part.length
      rest = rest.subarray(part.length)
      if (this.#filled === this.#size) this.#endChunk()
    }
  }

  digest(): Blake3 {
    if (this.#filled > 0) this.#endChunk()
    return this.#root.digest()
  }

  #endChunk(): void {
    this.#root.update(digestBytes(this.#chunk.digest()))
    this.#chunk = createBlake3()
    this.#filled = 0
  }
}
