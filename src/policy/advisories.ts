import semver from 'semver'
import {
  type Advisory,
  type AdvisoryEvent,
  type AffectedPackage,
  ECOSYSTEMS,
  SEVERITIES,
  type Severity,
} from '../schema/advisory.ts'
import { baseScore, severityOfScore } from './cvss.ts'

/** An advisory that affects a release. */
export interface AdvisoryMatch {
  readonly id: string
  /** other names of the same, such as CVE numbers */
  readonly aliases: readonly string[]
  readonly summary: string
  readonly severity: Severity
  /** the next version with a fix, or null */
  readonly fixed: string | null
}

/** The advisories about cpm's packages, by name. */
export class Advisories {
  readonly #byName = new Map<string, { advisory: Advisory; affected: AffectedPackage }[]>()

  constructor(advisories: readonly Advisory[]) {
    for (const advisory of advisories) {
      if (typeof advisory.withdrawn === 'string') continue
      for (const affected of advisory.affected ?? []) {
        if (!affected.package || !isOurs(affected.package.ecosystem)) continue
        const { name } = affected.package
        this.#byName.set(name, [...(this.#byName.get(name) ?? []), { advisory, affected }])
      }
    }
  }

  /** Returns the advisories about a release, the most severe ones first. */
  about({ name, version }: { name: string; version: string }): AdvisoryMatch[] {
    const found = (this.#byName.get(name) ?? []).filter(({ affected }) => isAffected(affected, version))
    const byId = new Map(found.map((each) => [each.advisory.id, matchOf(each, version)]))
    return [...byId.values()].sort((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity))
  }
}

/** An ecosystem may have a suffix after a colon. */
function isOurs(ecosystem: string): boolean {
  const name = ecosystem.split(':')[0]?.toLowerCase()
  return ECOSYSTEMS.some((each) => each.toLowerCase() === name)
}

/** Whether a version is listed, or in a range, as the OSV schema evaluates them. */
export function isAffected({ versions = [], ranges = [] }: AffectedPackage, version: string): boolean {
  return (
    versions.some((each) => each === version || normal(each) === version) ||
    // The versions of this ecosystem are SemVer, so its own ranges are too. Commits say nothing about versions.
    ranges.some(({ type, events }) => type !== 'GIT' && isInRange(events, version))
  )
}

/** Replays the events in the order of their versions. */
function isInRange(events: readonly AdvisoryEvent[], version: string): boolean {
  const limits = events.flatMap(({ limit }) => limit ?? [])
  if (limits.length > 0 && !limits.some((limit) => limit === '*' || semver.lt(version, normal(limit)))) return false
  const inOrder = events
    .flatMap(stepsOf)
    .sort((a, b) => semver.compare(a.at, b.at) || Number(a.starts) - Number(b.starts))
  let affected = false
  for (const { at, starts, isLast } of inOrder) {
    const isReached = isLast ? semver.gt(version, at) : semver.gte(version, at)
    if (isReached) affected = starts
  }
  return affected
}

interface Step {
  readonly at: string
  readonly starts: boolean
  /** the version itself is still affected */
  readonly isLast: boolean
}

function stepsOf({ introduced, fixed, last_affected: last }: AdvisoryEvent): Step[] {
  return [
    ...(introduced === undefined ? [] : [{ at: normal(introduced), starts: true, isLast: false }]),
    ...(fixed === undefined ? [] : [{ at: normal(fixed), starts: false, isLast: false }]),
    ...(last === undefined ? [] : [{ at: normal(last), starts: false, isLast: true }]),
  ]
}

/** The lowest version of all: `0` stands for it. */
const LOWEST = '0.0.0-0'

/** Spells a version as SemVer, for example `1.2` as `1.2.0`. What can't be read counts as the lowest one. */
function normal(text: string): string {
  if (text === '0') return LOWEST
  return semver.parse(text)?.version ?? semver.coerce(text)?.version ?? LOWEST
}

function matchOf({ advisory, affected }: { advisory: Advisory; affected: AffectedPackage }, version: string) {
  const { id, aliases, summary, details } = advisory
  const fixes = (affected.ranges ?? [])
    .flatMap(({ type, events }) => (type === 'GIT' ? [] : events))
    .flatMap(({ fixed }) => (fixed === undefined ? [] : [normal(fixed)]))
    .filter((fixed) => semver.gt(fixed, version))
    .sort((a, b) => semver.compare(a, b))
  return {
    id,
    aliases: aliases ?? [],
    summary: summary ?? details?.split('\n')[0] ?? '',
    severity: severityOf(advisory, affected),
    fixed: fixes[0] ?? null,
  }
}

/**
 * The severity that the advisory names, or that of its CVSS 3 score. Malicious packages are critical. What has neither
 * counts as high: nobody has said that it is harmless.
 */
function severityOf(advisory: Advisory, affected: AffectedPackage): Severity {
  if (advisory.id.startsWith('MAL-')) return 'critical'
  const named = [affected.ecosystem_specific, affected.database_specific, advisory.database_specific]
    .map((each) => (typeof each?.severity === 'string' ? each.severity.toLowerCase() : undefined))
    .map((each) => (each === 'medium' ? 'moderate' : each))
    .find((each): each is Severity => SEVERITIES.includes(each as Severity))
  if (named) return named
  const scores = [...(affected.severity ?? []), ...(advisory.severity ?? [])].flatMap(
    ({ score }) => baseScore(score) ?? [],
  )
  return scores.length > 0 ? severityOfScore(Math.max(...scores)) : 'high'
}
