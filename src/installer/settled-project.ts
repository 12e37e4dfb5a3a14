import path from 'node:path'
import { digestHex } from '../schema/digest.ts'
import type { Lock } from '../schema/lock.ts'
import { readIfThere, writeFileAtomic } from '../core/atomic-file.ts'
import { blake3 } from '../core/blake3.ts'
import { ifPossible } from '../core/errors.ts'
import { bootId } from '../core/boot-id.ts'
import { forgetOldest } from '../core/oldest-files.ts'
import type { StagingArea } from '../core/staging.ts'
import { decodeText } from '../core/text.ts'
import type { Policy } from './policy.ts'
import { keyOf, type Places, placesOf } from './places.ts'

/** What was found out about a project or workspace whose manifests and lock are still the same. */
export interface SettledProject {
  /** a lock that fits the manifests and has only releases and members, and its text */
  readonly lock: Lock
  readonly lockText: string
  /** of the root, then of each member */
  readonly manifestTexts: readonly string[]
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

/** As many memories are kept; the oldest make room. */
const MOST_MEMORIES = 256

/**
 * Remembers that a lock fits its manifests, and whether the lock was proven, so that no later command need find it out
 * again. Each memory is for these very texts, the list of members, the policy, the version of cpm and the boot of the
 * machine, wherever the files are: a new checkout of the same project finds it. With another lock, on another machine, or
 * after a decision about keys, there is none.
 */
export class SettledProjects {
  readonly #parts: SettledParts

  constructor(parts: SettledParts) {
    this.#parts = parts
  }

  recall(places: Places): SettledProject | undefined {
    const texts = textsOf(places)
    const known = texts && readIfThere(this.#file(places, texts))?.toString('utf8')
    if (!texts || (known !== 'proven\n' && known !== 'fits\n')) return undefined
    // This text has passed the schema before, so parsing it is enough.
    const lock = JSON.parse(texts.lock) as Lock
    return { lock, lockText: texts.lock, manifestTexts: texts.manifests, isProven: known === 'proven\n' }
  }

  /** Remembers what was found out about these texts, even if the files have changed meanwhile. */
  remember(places: Places, { isProven, ...texts }: SettledTexts): void {
    const file = this.#file(places, texts)
    const contents = isProven ? 'proven\n' : 'fits\n'
    ifPossible(() => {
      if (readIfThere(file)?.toString('utf8') === contents) return
      writeFileAtomic(file, contents, { durable: false, temporary: this.#parts.staging.temporary() })
      forgetOldest(this.#parts.folder, MOST_MEMORIES)
    })
  }

  #file(places: Places, { manifests, lock }: Texts): string {
    const { folder, policy, cpmVersion } = this.#parts
    const keys = placesOf(places).map(keyOf)
    const facts = [cpmVersion, bootId(), policy.identity, keys, manifests, lock]
    return path.join(folder, digestHex(blake3(JSON.stringify(facts))))
  }
}

type Texts = Pick<SettledTexts, 'manifests' | 'lock'>

/** Reads the manifests and the lock; undefined if one is missing or not UTF-8. */
function textsOf(places: Places): Texts | undefined {
  const files = [...placesOf(places).map(({ manifestFile }) => manifestFile), places.project.lockFile]
  const texts = files.flatMap((file) => {
    const bytes = readIfThere(file)
    const decoded = bytes && decodeText(bytes)
    return decoded && 'text' in decoded ? [decoded.text] : []
  })
  const lock = texts.pop()
  return lock !== undefined && texts.length + 1 === files.length ? { manifests: texts, lock } : undefined
}
