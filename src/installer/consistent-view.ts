import fs from 'node:fs'
import path from 'node:path'
import type { Emit } from '../schema/events.ts'
import { isNotWritable } from '../core/errors.ts'
import { withLock } from '../core/locks.ts'
import { stagingsIn } from '../core/staging.ts'
import { recoverProject } from './apply.ts'
import { type Project, requireSafeProject } from './project.ts'
import type { Store } from './store.ts'

interface ViewOptions {
  store: Store
  lockTimeout: number
  emit: Emit
}

/** Attempts without the process lock before waiting for it: a single change usually ends sooner. */
const LOOKS = 3

/**
 * Reads a project's manifest, lock and packages as they are between two changes. Readers take no process lock, so
 * another cpm may apply a change meanwhile. Results and errors from such a read are discarded and the read is repeated,
 * the last time under the process lock. If the project does not change, this costs only a few system calls. What a
 * killed cpm had begun to apply is finished first: a mixture of old and new is not worth reading.
 */
export async function lookAtProject<T>(project: Project, options: ViewOptions, look: () => T | Promise<T>): Promise<T> {
  for (let times = 0; times < LOOKS; times++) {
    const before = generationOf(project)
    const seen = await outcomeOf(look)
    if (before !== undefined && before === generationOf(project)) return seen()
  }
  requireSafeProject(project)
  try {
    return await withLock(projectLock(project), lockOptions(project, options), async () => {
      recoverProject(project, options.store, options.emit)
      return await look()
    })
  } catch (error) {
    // The project is read-only here, so no process with the same view can change it.
    if (isNotWritable(error)) return await look()
    throw error
  }
}

/** Returns the path of a project's process lock, without the suffix. */
export function projectLock({ changes }: Project): string {
  return path.join(changes, 'project')
}

export function lockOptions({ root }: Project, { lockTimeout, emit }: Omit<ViewOptions, 'store'>) {
  return { subject: `the project ${root}`, timeout: lockTimeout, emit }
}

/** Runs the work, and returns a function that returns its value or throws its error. */
async function outcomeOf<T>(work: () => T | Promise<T>): Promise<() => T> {
  try {
    const value = await work()
    return () => value
  } catch (error) {
    return () => {
      throw error as Error
    }
  }
}

/**
 * Returns a value that differs after each change, since staging a change updates the mtime of cpm's folder in the
 * project. Undefined while a sealed change is being applied.
 */
export function generationOf(project: Project): string | undefined {
  if (stagingsIn(project.changes).some(({ sealed }) => sealed)) return undefined
  return [project.changes, project.packages, project.lockFile, project.manifestFile].map(stampOf).join(' ')
}

function stampOf(file: string): string {
  const stats = fs.statSync(file, { bigint: true, throwIfNoEntry: false })
  return stats ? `${stats.ino}-${stats.mtimeNs}` : '-'
}
