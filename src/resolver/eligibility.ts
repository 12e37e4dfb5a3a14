import semver from 'semver'
import type { Conditions } from '../schema/manifest.ts'
import type { Target } from '../schema/target.ts'
import type { Candidate, PackageDocument } from '../core/ports.ts'
import type { ResolveProblem } from './problem.ts'

/** Why a published version can't be chosen. */
export type Bar =
  | { readonly type: 'yanked'; readonly reason: string | undefined }
  | { readonly type: 'too-new'; readonly limit: string; readonly publishedAt: string | undefined }
  | {
      readonly type: 'other-target'
      readonly condition: keyof Target
      readonly wanted: string
      readonly target: string
    }
  | { readonly type: 'refused'; readonly reason: string }

export interface Barred {
  readonly candidate: Candidate
  readonly bar: Bar
}

export interface Eligibility {
  readonly eligible: readonly Candidate[]
  readonly barred: readonly Barred[]
}

/** Splits the candidates of a document into those that can be chosen and those that can't. */
export function judge(document: PackageDocument, problem: ResolveProblem): Eligibility {
  if (problem.target === undefined && problem.excludeNewer === undefined && arePlain(document.candidates))
    return { eligible: document.candidates, barred: [] }
  const eligible: Candidate[] = []
  const barred: Barred[] = []
  const locked = problem.locked.get(document.name)
  for (const candidate of document.candidates) {
    const bar = barOf(candidate, problem, candidate.version === locked)
    if (bar === undefined) eligible.push(candidate)
    else barred.push({ candidate, bar })
  }
  return { eligible, barred }
}

/** Most candidates are neither yanked nor refused. */
function arePlain(candidates: readonly Candidate[]): boolean {
  for (let index = 0; index < candidates.length; index++) {
    const candidate = candidates[index]
    if (candidate?.yanked !== false || candidate.refusal !== undefined) return false
  }
  return true
}

function barOf(candidate: Candidate, { target, excludeNewer }: ResolveProblem, isLocked: boolean): Bar | undefined {
  if (candidate.refusal !== undefined) return { type: 'refused', reason: candidate.refusal }
  if (candidate.yanked && !isLocked) return { type: 'yanked', reason: candidate.yankReason }
  if (excludeNewer !== undefined && !isPublishedBy(candidate.publishedAt, excludeNewer)) {
    return { type: 'too-new', limit: excludeNewer, publishedAt: candidate.publishedAt }
  }
  return target && unmetCondition(candidate.conditions, target)
}

function unmetCondition({ cpm, colonyos, architecture }: Conditions, target: Target): Bar | undefined {
  const other = (condition: keyof Target, wanted: string): Bar => {
    return { type: 'other-target', condition, wanted, target: target[condition] ?? '' }
  }
  if (isOutside(target.cpm, cpm)) return other('cpm', cpm)
  if (isOutside(target.colonyos, colonyos)) return other('colonyos', colonyos)
  if (architecture && target.architecture !== undefined && !architecture.includes(target.architecture))
    return other('architecture', architecture.join(', '))
  return undefined
}

/** Compares a pre-release as the release it leads to: the pre-release rule is about choosing packages. */
function isOutside(version: string | undefined, range: string | undefined): range is string {
  if (version === undefined || range === undefined) return false
  return !semver.satisfies(version, range, { includePrerelease: true })
}

/** Compares instants, not strings: RFC 3339 allows offsets. */
function isPublishedBy(publishedAt: string | undefined, limit: string): boolean {
  return publishedAt !== undefined && Date.parse(publishedAt) <= Date.parse(limit)
}
