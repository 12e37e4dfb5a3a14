import path from 'node:path'
import type { Tree } from '../../schema/digest.ts'
import type { Emit } from '../../schema/events.ts'
import { isThere } from '../../core/atomic-file.ts'
import { CpmError, isNotWritable } from '../../core/errors.ts'
import { type LockedWork, withLock } from '../../core/locks.ts'
import type { Project } from '../project.ts'
import type { Store } from '../store.ts'

interface ReserveOptions {
  project: Pick<Project, 'root'>
  store: Store
  lockTimeout: number
  emit: Emit
}

/**
 * How `cpm gc` is safe beside other commands (docs/install.md, "Removing what nothing uses"):
 *
 * 1. A command first writes the trees that it is about to use into its project's note.
 * 2. Then it looks whether a gc is running, and if so waits until it has ended.
 * 3. Only then does it look which trees the store has.
 *
 * A gc takes its process lock before it reads the notes. So either it sees the note and keeps the trees, or the command
 * sees the lock and looks for its trees after the gc. In both cases, what the command finds stays.
 */
export async function reserveTrees(trees: readonly Tree[], { project, store, ...options }: ReserveOptions) {
  store.notes.add(project.root, trees)
  if (!isThere(`${gcLock(store)}.lock`)) return
  try {
    await withGcLock(store, options, () => Promise.resolve())
  } catch (error) {
    // Nobody with this view of the store can remove anything from it.
    if (!isNotWritable(error)) throw error
  }
}

/**
 * Does the same for a command that only reads a project. This also notes a project that was moved here. It must not
 * fail for lack of a place to write.
 */
export async function reserveInstalled(trees: readonly Tree[], options: ReserveOptions): Promise<void> {
  if (!isThere(options.store.root)) return
  try {
    await reserveTrees(trees, options)
  } catch (error) {
    if (!(error instanceof CpmError) || error.code !== 'DISK_FULL') throw error
  }
}

/** Holds the process lock of a gc: no command starts to use trees of the store meanwhile. */
export async function withGcLock<T>(
  store: Store,
  { lockTimeout, emit }: Pick<ReserveOptions, 'lockTimeout' | 'emit'>,
  work: LockedWork<T>,
): Promise<T> {
  return await withLock(gcLock(store), { subject: `the store ${store.root}`, timeout: lockTimeout, emit }, work)
}

/** Returns the path of the process lock of a gc, without the suffix. */
export function gcLock({ root }: Store): string {
  return path.join(root, 'gc')
}
