import type { Installation, InstallReport, InstallRequest } from './installation.ts'
import { placesOf } from './places.ts'
import { requireSafeProject } from './project.ts'
import { reportIfUpToDate } from './up-to-date.ts'

/**
 * Brings a project in line with its manifest and lock. If there is nothing to do, the code that resolves, proves and
 * unpacks is not even loaded.
 */
export async function install(parts: Installation, request: InstallRequest = {}): Promise<InstallReport> {
  for (const place of placesOf(parts)) requireSafeProject(place)
  try {
    const done = await reportIfUpToDate(parts, request)
    if (done) {
      const { lock, plan, dryRun } = done
      const unchanged = { lock, before: lock, plan, changedLock: false, dryRun }
      await parts.hooks?.({ ...unchanged, proveAll: request.proveAll === true })
      parts.noteUndisturbed(request.proveAll === true ? 'ci' : 'install', done)
      return done
    }
  } finally {
    parts.sweep()
  }
  const { installAll } = await import('./install-all.ts')
  return await installAll(parts, request)
}
