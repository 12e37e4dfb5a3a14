import { z } from 'zod'
import { Blake3 } from '../schema/digest.ts'
import type { PackageName } from '../schema/name.ts'
import { readTextIfThere, writeFileAtomic } from '../core/atomic-file.ts'
import { blake3 } from '../core/blake3.ts'
import { CpmError } from '../core/errors.ts'
import type { StagingArea } from '../core/staging.ts'
import { safeJoin } from '../core/safe-path.ts'

const Remembered = z.object({ length: z.int().nonnegative(), blake3: Blake3 })

/**
 * What this machine has seen of each index of one registry: its length and the digest of that prefix. History is
 * append-only, so an index that is shorter or begins otherwise was rewritten, and nothing it says is used.
 */
export class IndexMemory {
  readonly #folder: string
  readonly #staging: StagingArea

  /**
   * @param folder the cache of one registry, `$CPM_HOME/cache/<registry id>`
   * @param staging on the same file system
   */
  constructor(folder: string, staging: StagingArea) {
    this.#folder = folder
    this.#staging = staging
  }

  /** Compares an index with what was seen before, and remembers it. @throws CpmError INDEX_REWRITTEN */
  check(name: PackageName, wholeLines: Uint8Array): void {
    const file = safeJoin(this.#folder, 'index', `${name}.json`)
    const before = this.#read(file)
    if (before) {
      const same = before.length <= wholeLines.length && blake3(wholeLines.subarray(0, before.length)) === before.blake3
      if (!same) throw rewritten(name, file)
      if (before.length === wholeLines.length) return
    }
    if (wholeLines.length === 0) return
    // Losing this to a crash only means to trust at first sight once more: no fsync is worth that.
    writeFileAtomic(file, JSON.stringify({ length: wholeLines.length, blake3: blake3(wholeLines) }), {
      durable: false,
      temporary: this.#staging.temporary(),
    })
  }

  #read(file: string): z.infer<typeof Remembered> | undefined {
    const text = readTextIfThere(file)
    if (text === undefined) return undefined
    try {
      return Remembered.parse(JSON.parse(text))
    } catch {
      return undefined
    }
  }
}

function rewritten(name: PackageName, file: string): CpmError {
  return new CpmError('INDEX_REWRITTEN', `the index of ${name} is not a continuation of the one seen before`, {
    hint: `ask the registry’s operator; if the change is known to be right: rm '${file}'`,
    details: { name },
  })
}
