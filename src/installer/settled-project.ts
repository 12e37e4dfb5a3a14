import fs from 'node:fs'
import path from 'node:path'
import { digestHex } from '../schema/digest.ts'
import type { Lock } from '../schema/lock.ts'
import { readIfThere, writeFileAtomic } from '../core/atomic-file.ts'
import { blake3 } from '../core/blake3.ts'
import { ifWritable } from '../core/errors.ts'
import { bootId } from '../core/boot-id.ts'
import type { StagingArea } from '../core/staging.ts'
import type { Policy } from './policy.ts'
import { keyOf, type Places, placesOf } from './places.ts'

/** What was found out about a project or workspace whose manifests and lock are still the same. */
export interface SettledProject {
  /** a lock that fits the manifests and has only releases and members, and its text */
  readonly lock: Lock
  readonly lockText: string
  /** each release was proven by its envelope and owners under the same policy, and its manifest by the envelope */
  readonly isProven: boolean
}

interface SettledTexts {
  /** whether all of the lock was proven just now, or before under the same policy */
  isProven: boolean
  /** of the root, then of each member */
  manifests: readonly string[]
  lock: string
}

interface SettledParts {
  /** `$CPM_HOME/cache/settled` */
  folder: string
  /** on the same file system */
  staging: StagingArea
  policy: Policy
  cpmVersion: string
}

/**
 * Remembers, for each project or workspace, that its lock fits its manifests, and whether the lock was proven, so that the next
 * command need not find it out again. The memory counts only for the very same files: it covers their bytes, inodes and
 * ctimes, the list of members, the policy, the version of cpm and the boot of the machine. So a checkout, a restored cache or another
 * machine starts without one, and every trust decision is applied at once.
 */
export class SettledProjects {
  readonly #parts: SettledParts

  constructor(parts: SettledParts) {
    this.#parts = parts
  }

  recall(places: Places): SettledProject | undefined {
    const known = readIfThere(this.#file(places))?.toString('utf8')
    if (known === undefined) return undefined
    const read = this.#read(places)
    if (!read || !known.startsWith(read.digest)) return undefined
    // These bytes have passed the schema before, so parsing them is enough.
    const lock = JSON.parse(read.lockText) as Lock
    return { lock, lockText: read.lockText, isProven: known === `${read.digest} proven\n` }
  }

  /**
   * Remembers what was found out about these texts, unless somebody has changed the files meanwhile.
   */
  remember(places: Places, { isProven, manifests, lock }: SettledTexts): void {
    const read = this.#read(places)
    if (read?.lockText !== lock || read.manifests.some((text, number) => text !== manifests[number])) return
    ifWritable(() => {
      const contents = `${read.digest} ${isProven ? 'proven' : 'fits'}\n`
      if (readIfThere(this.#file(places))?.toString('utf8') === contents) return
      const temporary = this.#parts.staging.temporary()
      writeFileAtomic(this.#file(places), contents, { durable: false, temporary })
    })
  }

  #read(places: Places) {
    const { policy, cpmVersion } = this.#parts
    const all = placesOf(places)
    const manifests = all.flatMap(({ manifestFile }) => readStamped(manifestFile) ?? [])
    const lock = readStamped(places.project.lockFile)
    if (manifests.length < all.length || !lock) return undefined
    const stamped = [...manifests, lock].flatMap(({ stamp, text }) => [stamp, text])
    const facts = [cpmVersion, bootId(), policy.identity, ...all.map(keyOf), ...stamped]
    const digest = blake3(JSON.stringify(facts))
    return { digest, manifests: manifests.map(({ text }) => text), lockText: lock.text }
  }

  #file({ project: { root } }: Places): string {
    return path.join(this.#parts.folder, digestHex(blake3(root)))
  }
}

/** Reads a file with what identifies it; undefined if it is missing or changes meanwhile. */
function readStamped(file: string): { text: string; stamp: string } | undefined {
  const stamp = stampOf(file)
  const bytes = readIfThere(file)
  return bytes && stamp === stampOf(file) ? { text: bytes.toString('utf8'), stamp } : undefined
}

function stampOf(file: string): string {
  const stats = fs.lstatSync(file, { bigint: true, throwIfNoEntry: false })
  return stats ? [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join('-') : ''
}
