import fs from 'node:fs'
import { z } from 'zod'
import { Blake3 } from '../schema/digest.ts'
import type { PackageName } from '../schema/name.ts'
import { readIfThere, writeFileAtomic } from '../core/atomic-file.ts'
import { blake3 } from '../core/blake3.ts'
import { CpmError, ifWritable } from '../core/errors.ts'
import type { AppendOnlyFile } from '../core/ports.ts'
import type { StagingArea } from '../core/staging.ts'
import { safeJoin } from '../core/safe-path.ts'

const Remembered = z.object({ length: z.int().nonnegative(), blake3: Blake3, tag: z.string().max(256).optional() })
type Remembered = z.infer<typeof Remembered>

interface MemoryOptions {
  /** also keep the indexes themselves, if reading one again costs more than a disk read */
  keepBytes: boolean
}

/**
 * The last known state of each index of a registry: its length and digest. An index is append-only, so one that is
 * shorter or starts differently was rewritten, and is not used.
 */
export class IndexMemory {
  readonly #folder: string
  readonly #staging: StagingArea
  readonly #keepBytes: boolean

  /**
   * @param folder the cache of one registry, `$CPM_HOME/cache/<registry id>`
   * @param staging on the same file system
   */
  constructor(folder: string, staging: StagingArea, { keepBytes }: MemoryOptions) {
    this.#folder = folder
    this.#staging = staging
    this.#keepBytes = keepBytes
  }

  /** Returns the index as last seen; undefined if it was not kept, or if the kept bytes have changed. */
  recall(name: PackageName): AppendOnlyFile | undefined {
    const before = this.#keepBytes ? this.#read(name) : undefined
    const bytes = before && readIfThere(this.#bytesFile(name))?.subarray(0, before.length)
    if (!before || bytes?.length !== before.length || blake3(bytes) !== before.blake3) return undefined
    return { bytes, tag: before.tag }
  }

  /** Compares an index with what was seen before, and remembers it. @throws CpmError INDEX_REWRITTEN */
  check(name: PackageName, { bytes, tag }: AppendOnlyFile): void {
    const before = this.#read(name)
    if (before) {
      if (before.length > bytes.length || blake3(bytes.subarray(0, before.length)) !== before.blake3)
        throw this.rewritten(name)
      if (before.length === bytes.length && before.tag === tag) {
        this.#touch(name)
        return
      }
    }
    if (bytes.length === 0) return
    if (this.#keepBytes) this.#write(this.#bytesFile(name), bytes)
    const remembered: Remembered = { length: bytes.length, blake3: blake3(bytes), ...(tag !== undefined && { tag }) }
    this.#write(this.#file(name), JSON.stringify(remembered))
  }

  /**
   * Returns the error for an index that doesn't continue the one seen before. It names the file to remove if the change
   * is legitimate.
   */
  rewritten(name: PackageName, cause?: unknown): CpmError {
    const file = this.#file(name)
    return new CpmError('INDEX_REWRITTEN', `the index of ${name} doesn't continue the one seen before`, {
      hint: `ask the registry's operator, or accept the change: rm '${file}'`,
      details: { name },
      cause,
    })
  }

  /** Returns when the index was last seen, changed or not; undefined if never. */
  lastSeen(name: PackageName): Date | undefined {
    return fs.statSync(this.#file(name), { throwIfNoEntry: false })?.mtime
  }

  #touch(name: PackageName): void {
    const now = new Date()
    try {
      fs.utimesSync(this.#file(name), now, now)
    } catch {
      // An unwritable cache only makes known data look older than it is.
    }
  }

  #write(file: string, contents: string | Uint8Array): void {
    // Losing this in a crash only means trusting the next index on first use, so an fsync is not worth it.
    ifWritable(() => {
      writeFileAtomic(file, contents, { durable: false, temporary: this.#staging.temporary() })
    })
  }

  #file(name: PackageName): string {
    return safeJoin(this.#folder, 'index', `${name}.json`)
  }

  #bytesFile(name: PackageName): string {
    return safeJoin(this.#folder, 'index', `${name}.ndjson`)
  }

  #read(name: PackageName): Remembered | undefined {
    const bytes = readIfThere(this.#file(name))
    if (!bytes) return undefined
    try {
      return Remembered.parse(JSON.parse(bytes.toString('utf8')))
    } catch {
      return undefined
    }
  }
}
