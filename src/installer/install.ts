import type { Installation, InstallReport, InstallRequest } from './installation.ts'
import { requireSafeProject } from './project.ts'
import { reportIfUpToDate } from './up-to-date.ts'

/**
 * Brings a project in line with its manifest and lock. If there is nothing to do, the code that resolves, proves and
 * unpacks is not even loaded.
 */
export async function install(parts: Installation, request: InstallRequest = {}): Promise<InstallReport> {
  requireSafeProject(parts.project)
  const done = await reportIfUpToDate(parts, request).finally(parts.sweep)
  if (done) return done
  const { installAll } = await import('./install-all.ts')
  return await installAll(parts, request)
}
