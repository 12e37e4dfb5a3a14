import { isPackageName } from '../schema/name.ts'
import { isRelease } from '../schema/lock.ts'
import { lockedPackage, readLock } from '../installer/lockfile.ts'
import { findProject } from '../installer/project.ts'
import type { FindIdentity } from '../workflow/payload/payload.ts'
import type { Context } from './context.ts'
import { defaultRegistry, scopeRegistry } from './registry-choice.ts'

/** Which release an installed package is, by the lock of the project; a registry's address only where others can reach it. */
export async function identities(context: Context): Promise<FindIdentity> {
  const project = findProject(context.cwd)
  const read = project && readLock(project.lockFile)
  if (read?.kind !== 'lock') return () => undefined
  const settings = await context.config()
  const { env, cwd } = context
  const choice = { settings, flag: undefined, env, cwd, embedded: context.home(settings).registry }
  return (name) => {
    const locked = isPackageName(name) ? lockedPackage(read.lock, name) : undefined
    if (!isPackageName(name) || !locked || !isRelease(locked)) return undefined
    const { place } = scopeRegistry(name, choice) ?? defaultRegistry(choice)
    const url = /^https?:/.test(place) ? place : undefined
    const { version, tree, registry } = locked
    return { name, version, tree, registry: { id: registry, url } }
  }
}
