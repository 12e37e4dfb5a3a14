import semver from 'semver'
import type { CpmEvent, Emit } from '../schema/events.ts'
import type { Lock } from '../schema/lock.ts'
import type { KnownNames, Release, ReleaseNews } from '../core/ports.ts'
import { releasesOf } from './lockfile.ts'

/**
 * Tells of every locked version that was yanked or deprecated, as far as the indexes tell that were read anyway: nothing is asked for it, so an
 * installation that needs no registry stays one.
 */
export async function warnOfStandings(lock: Lock, { source, emit }: { source: KnownNames; emit: Emit }): Promise<void> {
  for (const [name, { version }] of releasesOf(lock)) {
    const news = await source.newsOf({ name, version })
    const warning = news && warningOf({ name, version }, news)
    if (warning) emit(warning)
  }
}

function warningOf({ name, version }: Release, { standing, better }: ReleaseNews): CpmEvent | undefined {
  const { yanked, yankReason, deprecated, deprecationReason, replacement } = standing
  const because = (reason: string | null) => (reason === null ? '' : `: ${reason}`)
  const instead = replacement === null ? undefined : `use ${replacement} instead`
  if (yanked) {
    const message = `${name}@${version} was yanked${because(yankReason)}; it stays installed since the lock has it`
    return warning('YANKED', message, instead ?? (better && installing({ name, version }, better)))
  }
  if (deprecated) return warning('DEPRECATED', `${name}@${version} is deprecated${because(deprecationReason)}`, instead)
  return undefined
}

/** A range up from a newer version leaves the yanked one behind; an older one is named alone, since the lock would keep what a range allows. */
function installing({ name, version }: Release, better: Release['version']): string {
  return `cpm install ${name}@${semver.gt(better, version) ? '^' : ''}${better}`
}

function warning(code: string, message: string, hint: string | undefined): CpmEvent {
  return { type: 'warning', code, message, ...(hint !== undefined && { hint }) }
}
