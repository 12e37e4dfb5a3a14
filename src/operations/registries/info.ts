import type { PackageInfo, VersionInfo } from '../../schema/documents.ts'
import { CpmError } from '../../core/errors.ts'
import type { Session } from '../session.ts'
import { requireSearch } from './registry-parts.ts'
import { withRegistries } from './registries.ts'
import { parseMaybeRelease } from './release-argument.ts'

export type Info = { package: PackageInfo; version: null } | { package: null; version: VersionInfo }

export interface InfoOptions {
  /** a package, or one version of it, as `name` or `name@1.2.0` */
  release: string
  /** a folder, a URL, or a name from the settings */
  registry?: string | undefined
  /** seconds to wait for another cpm process */
  lockTimeout?: number | undefined
}

/** Describes a package or one of its versions in a registry. @throws CpmError PACKAGE_NOT_FOUND */
export async function info(session: Session, { release, ...flags }: InfoOptions): Promise<Info> {
  return await withRegistries(session, flags, async (registries): Promise<Info> => {
    const { name, version } = parseMaybeRelease(release)
    const registry = await registries.of(name)
    const catalog = requireSearch(registry)
    const found: Info | undefined =
      version === undefined
        ? wrap(await catalog.describe(name), (info) => ({ package: info, version: null }))
        : wrap(await catalog.describeVersion({ name, version }), (info) => ({ package: null, version: info }))
    if (found) return found
    throw new CpmError('PACKAGE_NOT_FOUND', `${release} is not in the registry ${registry.label}`, {
      hint: version === undefined ? 'cpm search' : `cpm info ${name}`,
      details: { name, ...(version !== undefined && { version }) },
    })
  })
}

function wrap<T>(value: T | undefined, make: (value: T) => Info): Info | undefined {
  return value === undefined ? undefined : make(value)
}
