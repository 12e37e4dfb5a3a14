import { defineTask } from '../../core/task.ts'
import { type Fingerprint, fingerprintIfReadable } from '../fingerprint.ts'

/** Takes the fingerprints of folders, in order; null for one that can't be read. */
export default defineTask(({ roots }: { roots: readonly string[] }): (Fingerprint | null)[] =>
  roots.map(fingerprintIfReadable),
)
