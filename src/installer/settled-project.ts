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
import type { Project } from './project.ts'

/** What was found out about a project whose manifest and lock are still the same. */
export interface SettledProject {
  /** a lock that fits the manifest and has releases only, and its text */
  readonly lock: Lock
  readonly lockText: string
  /** each release was proven by its envelope and owners under the same policy, and its manifest by the envelope */
  readonly isProven: boolean
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
 * Remembers, for each project, that its lock fits its manifest, and whether the lock was proven, so that the next
 * command need not find it out again. The memory counts only for the very same files: it covers their bytes, inodes and
 * ctimes, the policy, the version of cpm and the boot of the machine. So a checkout, a restored cache or another
 * machine starts without one, and every trust decision is applied at once.
 */
export class SettledProjects {
  readonly #parts: SettledParts

  constructor(parts: SettledParts) {
    this.#parts = parts
  }

  recall(project: Project): SettledProject | undefined {
    const known = readIfThere(this.#file(project))?.toString('utf8')
    if (known === undefined) return undefined
    const read = this.#read(project)
    if (!read || !known.startsWith(read.digest)) return undefined
    // These bytes have passed the schema before, so parsing them is enough.
    const lock = JSON.parse(read.lockText) as Lock
    return { lock, lockText: read.lockText, isProven: known === `${read.digest} proven\n` }
  }

  /**
   * Remembers what was found out about these texts, unless somebody has changed the files meanwhile.
   * @param isProven whether all of the lock was proven just now, or before under the same policy
   */
  remember(project: Project, { isProven, ...texts }: { isProven: boolean; manifest: string; lock: string }): void {
    const read = this.#read(project)
    if (read?.lockText !== texts.lock || read.manifestText !== texts.manifest) return
    ifWritable(() => {
      const contents = `${read.digest} ${isProven ? 'proven' : 'fits'}\n`
      if (readIfThere(this.#file(project))?.toString('utf8') === contents) return
      const temporary = this.#parts.staging.temporary()
      writeFileAtomic(this.#file(project), contents, { durable: false, temporary })
    })
  }

  #read({ manifestFile, lockFile }: Project) {
    const { policy, cpmVersion } = this.#parts
    const [manifest, lock] = [readStamped(manifestFile), readStamped(lockFile)]
    if (!manifest || !lock) return undefined
    const facts = [cpmVersion, bootId(), policy.identity, manifest.stamp, lock.stamp, manifest.text, lock.text]
    return { digest: blake3(JSON.stringify(facts)), manifestText: manifest.text, lockText: lock.text }
  }

  #file({ root }: Project): string {
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
