import fs from 'node:fs'
import { z } from 'zod'
import { Blake3 } from '../schema/digest.ts'
import type { PackageName } from '../schema/name.ts'
import { readIfThere, statsIfThere, writeFileAtomic } from '../core/atomic-file.ts'
import { blake3 } from '../core/blake3.ts'
import { CpmError, ifWritable } from '../core/errors.ts'
import type { AppendOnlyFile } from '../core/ports.ts'
import type { StagingArea } from '../core/staging.ts'
import { safeJoin } from '../core/safe-path.ts'
import { shellPath } from '../core/shell-word.ts'

const Bytes = z.object({ length: z.int().nonnegative(), blake3: Blake3 })
type Bytes = z.infer<typeof Bytes>

const Remembered = Bytes.extend({
  tag: z.string().max(256).optional(),
  /** the part from which releases were proven */
  proven: Bytes.optional(),
})
type Remembered = z.infer<typeof Remembered>

interface MemoryOptions {
  /** also keep the indexes themselves, if reading one again costs more than a disk read */
  keepBytes: boolean
}

/**
 * The last known state of each index of a registry: its length and digest. An index is append-only, so one that does
 * not continue the proven part was rewritten, and is not used. The unproven rest may come from a broken proxy, so a
 * later response replaces it.
 */
export class IndexMemory {
  readonly #folder: string
  readonly #staging: StagingArea
  readonly #keepBytes: boolean
  /** the state of each index that this process has read */
  readonly #seen = new Map<PackageName, Remembered>()

  /**
   * @param folder the cache of one registry, `$CPM_HOME/cache/<registry id>`
   * @param staging on the same file system
   */
  constructor(folder: string, staging: StagingArea, { keepBytes }: MemoryOptions) {
    this.#folder = folder
    this.#staging = staging
    this.#keepBytes = keepBytes
  }

  /** Returns the index as last seen, proven or not; undefined if it was not kept, or if the kept bytes have changed. */
  recall(name: PackageName): AppendOnlyFile | undefined {
    const before = this.#read(name)
    return before && this.#kept(name, before, before.tag)
  }

  /** Returns the proven part of the index; undefined if there is none. */
  recallProven(name: PackageName): AppendOnlyFile | undefined {
    const before = this.#keepBytes ? this.#read(name) : undefined
    if (!before?.proven) return undefined
    return this.#kept(name, before.proven, before.proven.length === before.length ? before.tag : undefined)
  }

  /**
   * Compares an index with the one seen before, and remembers it.
   * @returns whether it also continues the unproven part
   * @throws CpmError INDEX_REWRITTEN
   */
  check(name: PackageName, { bytes, tag }: AppendOnlyFile): boolean {
    const before = this.#read(name)
    if (before?.proven && !continues(bytes, before.proven)) throw this.rewritten(name)
    const isContinued = !before || continues(bytes, before)
    if (before && isContinued && before.length === bytes.length && before.tag === tag) {
      this.#seen.set(name, before)
      this.#touch(name)
      return true
    }
    if (bytes.length === 0) return isContinued
    if (this.#keepBytes) this.#write(this.#bytesFile(name), bytes)
    const seen: Remembered = {
      length: bytes.length,
      blake3: blake3(bytes),
      ...(tag !== undefined && { tag }),
      ...(before?.proven && { proven: before.proven }),
    }
    this.#write(this.#file(name), JSON.stringify(seen))
    this.#seen.set(name, seen)
    return isContinued
  }

  /** Marks the index as proven, after a release was proven from it. */
  confirm(name: PackageName): void {
    const seen = this.#seen.get(name)
    if (!seen || (seen.proven && seen.proven.length >= seen.length)) return
    const confirmed: Remembered = { ...seen, proven: { length: seen.length, blake3: seen.blake3 } }
    this.#write(this.#file(name), JSON.stringify(confirmed))
    this.#seen.set(name, confirmed)
  }

  /**
   * Returns the error for an index that doesn't continue the one seen before. It names the file to remove if the change
   * is legitimate.
   */
  rewritten(name: PackageName, cause?: unknown): CpmError {
    const file = this.#file(name)
    return new CpmError('INDEX_REWRITTEN', `the index of ${name} doesn't continue the one seen before`, {
      hint: `ask the registry's operator, or accept the change: rm ${shellPath(file)}`,
      details: { name },
      cause,
    })
  }

  /** Returns when the index was last seen, changed or not; undefined if never. */
  lastSeen(name: PackageName): Date | undefined {
    return statsIfThere(this.#file(name))?.mtime
  }

  #kept(name: PackageName, { length, blake3: digest }: Bytes, tag: string | undefined): AppendOnlyFile | undefined {
    const bytes = this.#keepBytes ? readIfThere(this.#bytesFile(name))?.subarray(0, length) : undefined
    return bytes?.length === length && blake3(bytes) === digest ? { bytes, tag } : undefined
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

function continues(bytes: Uint8Array, before: Bytes): boolean {
  return before.length <= bytes.length && blake3(bytes.subarray(0, before.length)) === before.blake3
}
