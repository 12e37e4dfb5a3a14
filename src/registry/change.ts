import fs from 'node:fs'
import path from 'node:path'
import type { Emit } from '../schema/events.ts'
import { PackageName } from '../schema/name.ts'
import { namesIn, readIfThere } from '../core/atomic-file.ts'
import { fileError } from '../core/errors.ts'
import { commit, finishSealed } from '../core/journal.ts'
import { breakDeadLocks } from '../core/lock-file.ts'
import { withLocks } from '../core/locks.ts'
import { safeJoin } from '../core/safe-path.ts'
import { abandonedStagings, journalFile, removeStaging, unfinishedStagings } from '../core/staging.ts'
import { stagingFolder } from './layout.ts'
import { publishJournal, undoPublication, type PublishStep } from './publish-journal.ts'

/** The folder with the process locks of names. */
const LOCKS = '.locks'

export interface ChangeOptions {
  /** the registry's folder */
  registry: string
  /** this operation's staging folder */
  staging: string
  lockTimeout: number
  emit: Emit
}

/**
 * Changes several names of a registry as one operation: under the process locks of the names, `plan` reads the current
 * state and returns the steps, which are sealed and then applied. After a crash before the seal nothing has changed;
 * after it, the next change finishes the steps.
 */
export async function changeRegistry<T>(
  names: readonly PackageName[],
  { registry, staging, lockTimeout, emit }: ChangeOptions,
  plan: () => { steps: readonly PublishStep[]; result: T },
): Promise<T> {
  const locks = names.map((name) => safeJoin(registry, LOCKS, name))
  const subject = names.length === 1 ? `${names[0]} in the registry ${registry}` : `the registry ${registry}`
  const underLocks = async (requireHeld: () => void): Promise<{ result: T } | 'recover'> => {
    // Another process died meanwhile: its journal may affect our names, so it is finished first.
    if (unfinishedStagings(stagingFolder(registry)).length > 0) return 'recover'
    requireHeld()
    const { steps, result } = plan()
    if (steps.length > 0) {
      syncStaged(staging, steps)
      commit(publishJournal(registry, staging), steps, () => undoPublication(registry, steps))
    }
    return Promise.resolve({ result })
  }
  for (;;) {
    await recoverPublications(registry, { lockTimeout, emit })
    const outcome = await withLocks(locks, { subject, timeout: lockTimeout, emit }, underLocks)
    if (outcome !== 'recover') return outcome.result
  }
}

/**
 * Finishes or removes what crashed changes left behind. A sealed one is finished under the process locks of its own
 * names. Call this without holding any, so that two processes never wait for each other.
 */
export async function recoverPublications(
  registry: string,
  { lockTimeout, emit }: Pick<ChangeOptions, 'lockTimeout' | 'emit'>,
): Promise<void> {
  for (const { folder } of unfinishedStagings(stagingFolder(registry))) {
    const locks = namesInJournal(folder).map((name) => safeJoin(registry, LOCKS, name))
    await withLocks(locks, { subject: `the registry ${registry}`, timeout: lockTimeout, emit }, async () => {
      // If we can't tell whether its process is alive, it may have finished by now: leave the folder to it.
      if (!finishSealed(publishJournal(registry, folder))) return Promise.resolve()
      emit({ type: 'recovered', what: 'registry', outcome: 'finished', subject: registry })
      removeStaging(folder)
      return Promise.resolve()
    })
  }
  for (const { folder, sealed } of abandonedStagings(stagingFolder(registry))) {
    if (sealed) continue
    emit({ type: 'recovered', what: 'registry', outcome: 'undone', subject: registry })
    removeStaging(folder)
  }
  // The next change of a name would take over its lock, but there may never be one.
  const locks = path.join(registry, LOCKS)
  for (const scope of ['', ...namesIn(locks).filter((name) => name.startsWith('@'))])
    breakDeadLocks(path.join(locks, scope))
}

/** Returns the names a journal appends to, parsed leniently: the journal is validated when it is applied. */
function namesInJournal(folder: string): PackageName[] {
  const text = readIfThere(journalFile(folder))?.toString('utf8') ?? ''
  const keys = [...text.matchAll(/"key":"(?:index|keys)\/([^"\\]+)"/g)].map((match) => match[1])
  return [
    ...new Set(keys.map((key) => PackageName.safeParse(key)).flatMap((name) => (name.success ? [name.data] : []))),
  ]
}

/** A sealed journal guarantees that its files survive a power cut. */
function syncStaged(staging: string, steps: readonly PublishStep[]): void {
  for (const step of steps) {
    if (step.do !== 'place' || step.file.endsWith('.dsse')) continue
    const file = path.join(staging, step.file)
    try {
      const fd = fs.openSync(file, 'r+')
      fs.fsyncSync(fd)
      fs.closeSync(fd)
    } catch (error) {
      throw fileError(error, 'write', file)
    }
  }
}
