import type { PackageName } from '../../schema/name.ts'
import type { RegistryId } from '../../schema/registry-config.ts'
import { inTime } from '../../core/concurrency.ts'
import { CpmError } from '../../core/errors.ts'
import type { News, NewsBasis, Registry, Release, ReleaseNews, UnaskedRegistry } from '../../core/ports.ts'
import type { KnownNews } from './known-news.ts'

/** The releases of one registry, and how to open it. */
export interface NewsRequest {
  /** its folder or address, for messages */
  readonly registry: string
  readonly releases: readonly Release[]
  readonly open: () => Promise<Registry | undefined>
  /** opens the copy of the registry in this machine's cache */
  readonly recall: () => Promise<Registry | undefined>
  /** what an earlier command found out from the registry with this id */
  readonly known: (id: RegistryId) => KnownNews
}

/** milliseconds for all answers of a registry; installed packages work without them */
const ASK_WITHIN = 5000

/**
 * Asks registries for the current status of releases. An unreachable registry does not fail the command: the cached
 * status is reported instead, with its age.
 */
export async function askForNews(requests: readonly NewsRequest[]): Promise<News> {
  const answers = await Promise.all(requests.map(newsOfOne))
  return {
    of: new Map(answers.flatMap(({ news }) => [...news])),
    unasked: answers.flatMap(({ unasked }) => unasked ?? []),
    basis: together(answers.map(({ basis }) => basis)),
  }
}

interface Answered {
  readonly news: ReadonlyMap<PackageName, ReleaseNews>
  readonly unasked?: UnaskedRegistry
  readonly basis?: NewsBasis | undefined
}

function together(parts: readonly (NewsBasis | undefined)[]): NewsBasis | undefined {
  const known = parts.filter((basis) => basis !== undefined)
  if (known.length < parts.length) return undefined
  return { files: known.flatMap(({ files }) => files), questions: known.flatMap(({ questions }) => questions) }
}

async function newsOfOne(request: NewsRequest): Promise<Answered> {
  try {
    const registry = await inTime(request.open(), ASK_WITHIN, noAnswer)
    // The releases were published somewhere, so a missing registry counts as not asked.
    if (!registry) return await remembered(request, await request.recall().catch(() => undefined), 'it does not exist')
    if (registry.lastSeen) return await remembered(request, registry, '--offline was given')
    const news = await inTime(newsFrom(registry, request), ASK_WITHIN, noAnswer)
    return { news, basis: registry.basisOf?.(request.releases.map(({ name }) => name)) }
  } catch (error) {
    if (!(error instanceof CpmError) || error.code === 'INTERRUPTED') throw error
    const registry = await request.recall().catch(() => undefined)
    return await remembered(request, registry, error.message)
  }
}

/** Reads the indexes that have changed since their news were last collected. */
async function newsFrom(registry: Registry, { releases, known }: NewsRequest): Promise<Map<PackageName, ReleaseNews>> {
  const stamps = (await registry.stamps?.(releases.map(({ name }) => name))) ?? new Map<PackageName, string>()
  const memory = stamps.size > 0 ? known(registry.id) : undefined
  const old = releases.flatMap((release) => {
    const news = memory?.recall(release, stamps)
    return news ? [[release.name, news] as const] : []
  })
  const same = new Set(old.map(([name]) => name))
  const changed = releases.filter(({ name }) => !same.has(name))
  if (changed.length === 0) return new Map(old)
  await registry.read(changed.map(({ name }) => name))
  const fresh = changed.flatMap((release) => {
    const news = registry.newsOf(release)
    return news ? [[release, news] as const] : []
  })
  memory?.keep(fresh, stamps)
  return new Map([...old, ...fresh.map(([{ name }, news]) => [name, news] as const)])
}

async function remembered({ registry: place, releases }: NewsRequest, registry: Registry | undefined, reason: string) {
  // A name that is not in the cache must not hide the status of the others.
  if (registry) await Promise.all(releases.map(({ name }) => registry.read([name]).catch(() => undefined)))
  const times = releases.map(({ name }) => registry?.lastSeen?.(name)?.getTime())
  const oldest = times.includes(undefined) ? undefined : Math.min(...times.map((time) => time ?? 0))
  const knownSince = oldest === undefined ? null : new Date(oldest).toISOString()
  return { news: collect(releases, registry), unasked: { registry: place, reason, knownSince } }
}

function collect(releases: readonly Release[], registry: Registry | undefined): Map<PackageName, ReleaseNews> {
  const news = releases.map((release) => [release.name, registry?.newsOf(release)] as const)
  return new Map(news.flatMap(([name, found]) => (found ? [[name, found] as const] : [])))
}

function noAnswer(): CpmError {
  return new CpmError('REGISTRY_UNREACHABLE', `no answer within ${ASK_WITHIN / 1000} seconds`)
}
