import semver from 'semver'
import type { Candidate, PackageDocument } from '../core/ports.ts'
import type { Problem } from './problem.ts'

/** Why a published version may not be chosen. */
export type Bar =
  | { readonly type: 'yanked'; readonly reason: string | undefined }
  | { readonly type: 'too-new'; readonly limit: string; readonly publishedAt: string | undefined }
  | { readonly type: 'other-cpm'; readonly wanted: string; readonly running: string }

export interface Barred {
  readonly candidate: Candidate
  readonly bar: Bar
}

export interface Eligibility {
  readonly eligible: readonly Candidate[]
  readonly barred: readonly Barred[]
}

/** Parts the candidates of a document into those that may be chosen and those that may not. */
export function judge(document: PackageDocument, problem: Problem): Eligibility {
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

function barOf(candidate: Candidate, { cpmVersion, excludeNewer }: Problem, isLocked: boolean): Bar | undefined {
  if (candidate.yanked && !isLocked) return { type: 'yanked', reason: candidate.yankReason }
  if (excludeNewer !== undefined && !isPublishedBy(candidate.publishedAt, excludeNewer)) {
    return { type: 'too-new', limit: excludeNewer, publishedAt: candidate.publishedAt }
  }
  const wanted = candidate.conditions.cpm
  // A pre-release of cpm counts as the version it leads to: the pre-release rule is about choosing packages.
  if (wanted !== undefined && cpmVersion !== undefined) {
    if (!semver.satisfies(cpmVersion, wanted, { includePrerelease: true })) {
      return { type: 'other-cpm', wanted, running: cpmVersion }
    }
  }
  return undefined
}

/** Instants are compared as such: RFC 3339 allows offsets, so the text alone does not order them. */
function isPublishedBy(publishedAt: string | undefined, limit: string): boolean {
  return publishedAt !== undefined && Date.parse(publishedAt) <= Date.parse(limit)
}
