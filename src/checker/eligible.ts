import semver from 'semver'
import type { ProofQuestion, QuotedPackage, QuotedRelease } from '../schema/proof.ts'

/** Returns the versions of a quoted package that can be chosen at all. */
export function eligibleVersions(name: string, quoted: QuotedPackage, question: ProofQuestion): string[] {
  return Object.entries(quoted ?? {})
    .filter(([version, release]) => isEligible(release, own(question.locked, name) === version, question))
    .map(([version]) => version)
}

function isEligible(
  { yanked, publishedAt, conditions = {}, refusal }: QuotedRelease,
  isLocked: boolean,
  { excludeNewer, target = {} }: ProofQuestion,
): boolean {
  if (refusal !== undefined || (yanked && !isLocked)) return false
  if (excludeNewer !== undefined && !(Date.parse(publishedAt ?? '') <= Date.parse(excludeNewer))) return false
  const fits = (version: string | undefined, range: string | undefined) =>
    version === undefined || range === undefined || semver.satisfies(version, range, { includePrerelease: true })
  const { architecture } = conditions
  const isMeant = !architecture || target.architecture === undefined || architecture.includes(target.architecture)
  return isMeant && fits(target.cpm, conditions.cpm) && fits(target.colonyos, conditions.colonyos)
}

/** Reads an own property only: `constructor` is a valid package name. */
export function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
