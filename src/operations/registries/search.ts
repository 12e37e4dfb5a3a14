import { type PackageName } from '../../schema/name.ts'
import type { Session } from '../session.ts'
import { requireSearch } from './registry-parts.ts'
import { withRegistries } from './registries.ts'

export interface SearchOptions {
  /** words in the name, description or keywords */
  words?: readonly string[]
  /** a keyword the package must have */
  keyword?: string | undefined
  /** part of an author's name */
  author?: string | undefined
  /** the maximum number of packages, 20 by default */
  limit?: number
  /** continue after this name */
  after?: PackageName | undefined
  /** a folder, a URL, or a name from the settings */
  registry?: string | undefined
  /** seconds to wait for another cpm process */
  lockTimeout?: number | undefined
}

/** Searches the registry for packages. @throws CpmError REGISTRY_UNREACHABLE */
export async function search(
  session: Session,
  { words = [], keyword, author, limit = 20, after, ...flags }: SearchOptions = {},
) {
  return await withRegistries(session, flags, async (registries) => {
    const registry = await registries.default()
    const page = await requireSearch(registry).search({ text: words.join(' '), keyword, author, limit, after })
    return { registry: registry.id, place: registry.label, ...page }
  })
}
