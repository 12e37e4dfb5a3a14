import { type PackageName } from '../../schema/name.ts'
import { CpmError } from '../../core/errors.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import { dependentsOf } from '../../installer/dependents.ts'
import { requireLock } from '../../installer/lockfile.ts'
import { lockedPackage } from '../../installer/lock-entries.ts'
import { tellNewsOf } from '../../installer/status-warnings.ts'
import { isRelease, type Lock } from '../../schema/lock.ts'
import { keyOf, type Places } from '../../installer/places.ts'
import type { Project } from '../../installer/project.ts'
import { partOf } from '../../installer/workspace/lock-part.ts'
import { withLentHome } from '../lent-home.ts'
import type { Session } from '../session.ts'
import { createInstallation, type InstallationFlags } from './installation.ts'
import { type FilterFlags, requireScope, selectedIn } from './scope.ts'

export interface WhyOptions extends Pick<InstallationFlags, 'registry' | 'offline'>, FilterFlags {
  name: PackageName
}

/** Explains which packages need an installed package, or which members of a workspace do. @throws CpmError PACKAGE_NOT_FOUND */
export async function why(session: Session, { name, ...flags }: WhyOptions) {
  const scope = requireScope(session, flags)
  return await whyPlaces(session, scope, selectedIn(scope), { name, ...flags })
}

/** Does the same for a project anywhere. */
export async function whyIn(session: Session, project: Project, options: WhyOptions) {
  return await whyPlaces(session, { project, members: [] }, [project], options)
}

async function whyPlaces(
  session: Session,
  { project }: Places,
  among: readonly Project[],
  { name, ...flags }: WhyOptions,
) {
  const whole = requireLock(project.lockFile)
  const places = among.map(keyOf)
  const lock = { ...partOf(whole, places), roots: rootsAmong(whole, places) }
  const found = lockedPackage(lock, name)
  if (!found) {
    const fact = `${name} is not in colony.lock${didYouMean(name, Object.keys(lock.packages))}`
    throw new CpmError('PACKAGE_NOT_FOUND', fact, { hint: 'cpm list' })
  }
  const { overrides } = whole.roots['.']
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

function rootsAmong({ roots }: Lock, keys: readonly string[]): Lock['roots'] {
  const none = { dependencies: {}, devDependencies: {}, overrides: {} }
  return { '.': none, ...Object.fromEntries(Object.entries(roots).filter(([key]) => keys.includes(key))) }
}
