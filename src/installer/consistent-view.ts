import fs from 'node:fs'
import path from 'node:path'
import type { Emit } from '../schema/events.ts'
import { isNotWritable } from '../core/errors.ts'
import { withLock } from '../core/locks.ts'
import { stagingsIn } from '../core/staging.ts'
import { type Project, requireSafeProject } from './project.ts'

interface ViewOptions {
  lockTimeout: number
  emit: Emit
}

/** Looks without the lock before one waits for it: a single change is over sooner. */
const LOOKS = 3

/**
 * Looks at a project's manifest, lock and packages as they are between two changes. Readers take no lock, so another cpm may put
 * a change in place meanwhile: what was seen then, and what went wrong then, means nothing, and it is looked at again, at last
 * under the lock. In a project that nobody changes this costs a few calls of the system.
 */
export async function lookAtProject<T>(project: Project, options: ViewOptions, look: () => T | Promise<T>): Promise<T> {
  for (let times = 0; times < LOOKS; times++) {
    const before = generationOf(project)
    const seen = await outcomeOf(look)
    if (before !== undefined && before === generationOf(project)) return seen()
  }
  requireSafeProject(project)
  try {
    return await withLock(projectLock(project), lockOptions(project, options), async () => look())
  } catch (error) {
    // Nobody who sees the project as we do can change it.
    if (isNotWritable(error)) return await look()
    throw error
  }
}

/** The lock of a project, without the ending of locks. */
export function projectLock({ own }: Project): string {
  return path.join(own, 'project')
}

export function lockOptions({ root }: Project, { lockTimeout, emit }: ViewOptions) {
  return { subject: `the project ${root}`, timeout: lockTimeout, emit }
}

/** What the work gives or throws, to be told later. */
async function outcomeOf<T>(work: () => T | Promise<T>): Promise<() => T> {
  try {
    const value = await work()
    return () => value
  } catch (error) {
    return () => {
      throw error as Error // what the work threw
    }
  }
}

/**
 * Another value after each change: every change is prepared and sealed in the project's own folder, which has another time then.
 * Undefined while a sealed change is being put in place.
 */
function generationOf(project: Project): string | undefined {
  if (stagingsIn(project.own).some(({ sealed }) => sealed)) return undefined
  return [project.own, project.packages, project.lockFile, project.manifestFile].map(stampOf).join(' ')
}

function stampOf(file: string): string {
  const stats = fs.statSync(file, { bigint: true, throwIfNoEntry: false })
  return stats ? `${stats.ino}-${stats.mtimeNs}` : '-'
}
