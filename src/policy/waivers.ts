import semver from 'semver'
import type { Waiver } from '../schema/policy.ts'
import { matchesName } from '../schema/token.ts'
import type { PolicyFinding } from './finding.ts'
import type { Layer } from './layer.ts'

/** Applies the waiver that fits a finding. One that has expired does nothing, and the finding says so. */
export function withWaiver(finding: PolicyFinding, layers: readonly Layer[], now: Date): PolicyFinding {
  const fitting = layers
    .filter(({ isUsers }) => isUsers)
    .flatMap(({ policy: { waivers = [] }, origin }) => waivers.map((waiver) => ({ ...waiver, origin })))
    .filter((waiver) => fits(waiver, finding))
  const [current] = fitting.filter((waiver) => !isExpired(waiver, now))
  if (current) {
    const { reason, until, origin } = current
    return { ...finding, waiver: { reason, until, origin } }
  }
  const last = fitting
    .map(({ until }) => until)
    .sort()
    .at(-1)
  return last === undefined ? finding : { ...finding, fact: `${finding.fact}; the waiver for it ended on ${last}` }
}

function fits(waiver: Waiver, { rule, name, version }: PolicyFinding): boolean {
  if (waiver.rule !== rule || !matchesName(waiver.package, name)) return false
  return waiver.version === undefined || semver.satisfies(version, waiver.version, { includePrerelease: true })
}

/** A waiver applies until the end of its last day, in UTC. */
export function isExpired({ until }: Pick<Waiver, 'until'>, now: Date): boolean {
  return now.toISOString().slice(0, 10) > until
}
