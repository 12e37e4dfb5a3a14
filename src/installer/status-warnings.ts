import semver from 'semver'
import type { CpmEvent, Emit } from '../schema/events.ts'
import type { Lock } from '../schema/lock.ts'
import type { KnownNames, News, Release, ReleaseNews, UnaskedRegistry } from '../core/ports.ts'
import { releasesOf } from './lock-entries.ts'
import type { ReleaseRules } from './release-rules.ts'

interface NewsParts {
  source: KnownNames
  emit: Emit
  rules?: Pick<ReleaseRules, 'unspoken'>
}

/** Warns about locked versions that were yanked or deprecated, and about unreachable registries. @returns the news */
export async function tellNews(lock: Lock | undefined, parts: NewsParts): Promise<News> {
  const releases = (lock ? releasesOf(lock) : []).map(([name, { version }]) => ({ name, version }))
  return await tellNewsOf(releases, parts)
}

/** Does the same for some releases. */
export async function tellNewsOf(releases: readonly Release[], { source, emit, rules }: NewsParts): Promise<News> {
  const news = await source.newsOf(releases)
  const flagged = releases.some(({ name }) => isFlaggedNews(news.of.get(name)))
  const unspoken = flagged ? await rules?.unspoken() : undefined
  for (const release of releases) {
    const found = news.of.get(release.name)
    const warning = found && warningOf(release, found)
    if (warning && !(unspoken?.has(found.status.yanked ? 'yanked' : 'deprecated') ?? false)) emit(warning)
  }
  tellUnasked(news, emit)
  return news
}

/** Warns about unreachable registries. */
export function tellUnasked({ unasked }: News, emit: Emit): void {
  for (const one of unasked) emit(notAsked(one, new Date()))
}

function isFlaggedNews(news: ReleaseNews | undefined): boolean {
  return news !== undefined && isFlagged(news)
}

/** Whether the version was yanked or deprecated. */
export function isFlagged({ status }: ReleaseNews): boolean {
  return status.yanked || status.deprecated
}

function warningOf({ name, version }: Release, { status, better }: ReleaseNews): CpmEvent | undefined {
  const { yanked, yankReason, deprecated, deprecationReason, replacement } = status
  const because = (reason: string | null) => (reason === null ? '' : `: ${reason}`)
  const instead = replacement === null ? undefined : `use ${replacement} instead`
  if (yanked) {
    const message = `${name}@${version} was yanked${because(yankReason)}; it stays installed because it is locked`
    return warning('YANKED', message, instead ?? (better && installing({ name, version }, better)))
  }
  if (deprecated) return warning('DEPRECATED', `${name}@${version} is deprecated${because(deprecationReason)}`, instead)
  return undefined
}

/**
 * Suggests a range for a newer version, but an exact version for an older one: with a range, the lock would keep the
 * yanked one.
 */
function installing({ name, version }: Release, better: Release['version']): string {
  return `cpm install ${name}@${semver.gt(better, version) ? '^' : ''}${better}`
}

function notAsked({ registry, reason, knownSince }: UnaskedRegistry, now: Date): CpmEvent {
  const known =
    knownSince === null
      ? 'the status of some packages is unknown'
      : `the last known status is ${ageOf(knownSince, now)} old (${knownSince})`
  return warning(
    'NEWS_NOT_ASKED',
    `could not check ${registry} for yanked and deprecated versions: ${reason}; ${known}`,
    undefined,
  )
}

function ageOf(since: string, now: Date): string {
  const minutes = Math.max(0, Math.floor((now.getTime() - Date.parse(since)) / 60_000))
  if (minutes < 60) return count(minutes, 'minute')
  return minutes < 48 * 60 ? count(Math.floor(minutes / 60), 'hour') : count(Math.floor(minutes / 1440), 'day')
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

function warning(code: string, message: string, hint: string | undefined): CpmEvent {
  return { type: 'warning', code, message, ...(hint !== undefined && { hint }) }
}
