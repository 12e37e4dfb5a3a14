import { isRelease } from '../../schema/lock.ts'
import type { ProjectManifest } from '../../schema/manifest.ts'
import { defineTask } from '../../core/task.ts'
import { lockFits, type ReadLock, readLockText } from '../lockfile.ts'
import { parseProjectManifest } from '../project-manifest.ts'
import { soleRoot } from '../roots.ts'

export interface ReadTexts {
  readonly manifest: ProjectManifest
  readonly lock: ReadLock
  /** the lock satisfies the manifest and has no folder packages */
  readonly fits: boolean
}

/** Reads the manifest and lock of an untrusted project in a worker, because they may be crafted to be slow to parse. */
export default defineTask(
  ({ manifest: text, lock: lockText }: { manifest: string; lock: string | null }): ReadTexts => {
    const manifest = parseProjectManifest(text)
    const lock = readLockText(lockText ?? undefined)
    const fits =
      lock.kind === 'lock' &&
      lockFits(lock.lock, soleRoot(manifest)) &&
      Object.values(lock.lock.packages).every(isRelease)
    return { manifest, lock, fits }
  },
)
