import { isPackageName } from '../../schema/name.ts'
import { isRelease } from '../../schema/lock.ts'
import { lockedPackage } from '../../installer/lock-entries.ts'
import { settingsFolder } from '../../installer/find-project.ts'
import type { Project } from '../../installer/project.ts'
import { readProjectLock } from '../../installer/project-lock.ts'
import type { FindIdentity } from '../../engines/colonyos/payload.ts'
import type { Session } from '../session.ts'
import { KnownAddresses } from '../registries/known-addresses.ts'
import { defaultRegistry, scopeRegistry } from '../registries/registry-choice.ts'

/** Finds the release of an installed package in a lock, with the registry's address if others can reach it. */
export async function identities(
  session: Session,
  { project, registry: flag }: { project: Project; registry?: string | undefined },
): Promise<FindIdentity> {
  const read = readProjectLock(project)
  if (read.kind !== 'lock') return () => undefined
  const { env, cwd } = session
  const settings = await session.config(settingsFolder(cwd))
  const { registry: embedded, cache } = session.home(settings)
  const choice = { settings, flag, env, cwd, embedded }
  const addresses = new KnownAddresses(cache)
  return (name) => {
    const locked = isPackageName(name) ? lockedPackage(read.lock, name) : undefined
    if (!isPackageName(name) || !locked || !isRelease(locked)) return undefined
    const { place } = scopeRegistry(name, choice) ?? defaultRegistry(choice)
    const { version, tree, registry } = locked
    // The configured registry may differ from the one that the release came from.
    const url = /^https?:/.test(place) && addresses.recall(place) === registry ? place : undefined
    return { name, version, tree, registry: { id: registry, url } }
  }
}
