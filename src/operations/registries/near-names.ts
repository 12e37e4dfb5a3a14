import type { PackageName } from '../../schema/name.ts'
import { closest } from '../../core/did-you-mean.ts'
import { CpmError } from '../../core/errors.ts'
import type { Registry, RegistrySearch } from '../../core/ports.ts'

const MOST_PAGES = 5

/**
 * Finds the package whose name is closest to one that the registry does not have. Searches for the letters that a typo
 * most likely left unchanged. Returns undefined if the registry can't search or fails to.
 */
export async function nearName(
  catalog: Pick<RegistrySearch, 'search'> | undefined,
  name: PackageName,
): Promise<PackageName | undefined> {
  if (!catalog) return undefined
  const bare = name.slice(name.indexOf('/') + 1)
  const scope = name.slice(0, name.length - bare.length)
  const half = Math.max(2, Math.floor(bare.length / 2))
  try {
    for (const text of [scope + bare.slice(0, 2), bare.slice(-half), bare.slice(1, 1 + half), undefined]) {
      const found = closest(name, await namesWith(catalog, text))
      if (found !== undefined) return found as PackageName
    }
  } catch (error) {
    if (!(error instanceof CpmError)) throw error
  }
  return undefined
}

async function namesWith(catalog: Pick<RegistrySearch, 'search'>, text: string | undefined): Promise<string[]> {
  const names: string[] = []
  let after: PackageName | undefined
  for (let page = 0; page < MOST_PAGES; page++) {
    const found = await catalog.search({ limit: 100, ...(text !== undefined && { text }), ...(after && { after }) })
    names.push(...found.packages.map((each) => each.name))
    if (found.next === null) break
    after = found.next
  }
  return names
}

/** Returns an error about a missing package or version with a suggestion, if a similar one exists. */
export async function withNearName(
  registries: { find(name: PackageName): Promise<Registry | undefined> },
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof CpmError) || error.code !== 'PACKAGE_NOT_FOUND') return error
  const { name, version } = error.details as { name?: PackageName; version?: string }
  if (name === undefined || error.message.includes('did you mean')) return error
  const registry = await registries.find(name)
  const info = version === undefined ? undefined : await registry?.catalog?.describe(name).catch(() => undefined)
  const known = info?.releases.map((release) => release.version) ?? []
  const near = info && version !== undefined ? closest(version, known) : await nearName(registry?.catalog, name)
  if (near === undefined) return error
  const { code, message, details } = error
  const hint = `cpm info ${info ? `${name}@${near}` : near}`
  return new CpmError(code, `${message}; did you mean ${info ? `${name}@${near}` : near}?`, {
    hint,
    details,
    cause: error,
  })
}
