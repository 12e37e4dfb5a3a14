import { blake3 } from '../../src/core/blake3.ts'
import { readRegular, regularStats } from '../../src/core/regular-file.ts'
import { digestHex } from '../../src/schema/digest.ts'
import type { PackageName } from '../../src/schema/name.ts'
import { type PackageIndex, parseIndex } from '../../src/registry/index-file.ts'
import { INDEX_MEMORY_BYTES } from '../http/limits.ts'

/** An index or owners chain as it is sent to clients: up to its last complete line. */
export interface Lines {
  readonly bytes: Buffer
  /** `blake3-<hex of the bytes>`: clients can check what they received */
  readonly tag: string
}

interface Kept extends Lines {
  readonly stamp: string
  index?: PackageIndex
}

/** Caches append-only files of lines in memory. A file is read again when it has changed. */
export class LineFiles {
  readonly #kept = new Map<string, Kept>()
  #bytes = 0

  /**
   * Reads a file; undefined if it is missing or has no complete line.
   * @throws CpmError FILE_UNREADABLE if it is not a regular file
   */
  read(file: string): Lines | undefined {
    return this.#read(file)
  }

  /** Reads the index in a file. @throws CpmError INDEX_INVALID */
  readIndex(file: string, name: PackageName): PackageIndex | undefined {
    const kept = this.#read(file)
    if (!kept) return undefined
    kept.index ??= parseIndex(name, kept.bytes)
    return kept.index
  }

  #read(file: string): Kept | undefined {
    const kept = this.#kept.get(file)
    const stats = regularStats(file)
    const stamp = stats ? `${stats.mtimeMs}-${stats.size}-${stats.ino}` : ''
    if (kept?.stamp === stamp) return kept
    if (kept) this.#forget(file, kept)
    const read = stats && readRegular(file)
    // If the file has grown since, the stamp is older than the bytes, and the next call reads it again.
    const bytes = read?.subarray(0, read.lastIndexOf(0x0a) + 1)
    if (!bytes || bytes.length === 0) return undefined
    return this.#keep(file, { bytes, stamp, tag: `blake3-${digestHex(blake3(bytes))}` })
  }

  #keep(file: string, lines: Kept): Kept {
    this.#kept.set(file, lines)
    this.#bytes += lines.bytes.length
    for (const [oldest, kept] of this.#kept) {
      if (this.#bytes <= INDEX_MEMORY_BYTES || oldest === file) break
      this.#forget(oldest, kept)
    }
    return lines
  }

  #forget(file: string, { bytes }: Kept): void {
    this.#kept.delete(file)
    this.#bytes -= bytes.length
  }
}
