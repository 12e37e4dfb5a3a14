import { type PackageName } from '../../schema/name.ts'
import { CpmError } from '../../core/errors.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import { dependentsOf } from '../../installer/dependents.ts'
import { requireLock } from '../../installer/lockfile.ts'
import { lockedPackage } from '../../installer/lock-entries.ts'
import { tellNewsOf } from '../../installer/status-warnings.ts'
import { isRelease } from '../../schema/lock.ts'
import { requireProject } from '../../installer/find-project.ts'
import type { Project } from '../../installer/project.ts'
import { withLentHome } from '../lent-home.ts'
import type { Session } from '../session.ts'
import { createInstallation, type InstallationFlags } from './installation.ts'

export interface WhyOptions extends Pick<InstallationFlags, 'registry' | 'offline'> {
  name: PackageName
}

/** Explains which packages need an installed package. @throws CpmError PACKAGE_NOT_FOUND */
export async function why(session: Session, { name, ...flags }: WhyOptions) {
  return await whyIn(session, requireProject(session.cwd), { name, ...flags })
}

/** Does the same for a project anywhere. */
export async function whyIn(session: Session, project: Project, { name, ...flags }: WhyOptions) {
  const lock = requireLock(project.lockFile)
  const found = lockedPackage(lock, name)
  if (!found) {
    const fact = `${name} is not in colony.lock${didYouMean(name, Object.keys(lock.packages))}`
    throw new CpmError('PACKAGE_NOT_FOUND', fact, { hint: 'cpm list' })
  }
  const { overrides } = lock.roots['.']
  const override = Object.hasOwn(overrides, name) ? overrides[name] : undefined
  const { version } = found
  const { source, emit, sweep } = await createInstallation(withLentHome(session), project, flags)
  const news = await tellNewsOf(isRelease(found) ? [{ name, version }] : [], { source, emit })
  sweep()
  return {
    name,
    version,
    override: override ?? null,
    status: news.of.get(name)?.status ?? null,
    paths: dependentsOf(lock, name),
    unasked: news.unasked,
  }
}
