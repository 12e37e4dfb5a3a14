import type { ExternalCause } from './incompatibility.ts'
import { joinChains } from './chain.ts'
import type { Failure } from './failure.ts'
import type { Barred } from './eligibility.ts'
import type { Package } from './package.ts'
import { type ProofStep, proofOf } from './proof.ts'
import { listOf } from './range-text.ts'
import { externalCausesOf } from './reason.ts'
import { refutationOf } from './refutation.ts'
import { describeBarred } from './no-versions.ts'
import { summarize } from './summary.ts'
import { describeDerived, describeCauses } from './wording.ts'

/**
 * Explains why there is no solution, one sentence per step. A step may follow from the step right before it without
 * naming it; earlier steps have a number in front and are cited by it.
 */
export function explain(failure: Failure): string {
  const causes = joinChains(externalCausesOf(failure))
  const steps = proofOf(refutationOf(causes) ?? failure)
  const explanation = tell(steps)
  const notes = notesOn(steps.flatMap(({ causes }) => causes))
  const isReadable = explanation.length + notes.length < MOST_LINES
  const lines = isReadable ? explanation : summarize(causes)
  return [...lines, ...(notes.length > 0 ? ['', ...notes.slice(0, MOST_NOTES)] : [])].join('\n')
}

/** An explanation with more lines is too long to read, so it is summarized. */
const MOST_LINES = 36
const MOST_NOTES = 6

function tell(steps: readonly ProofStep[]): string[] {
  const numbers = numberQuoted(steps)
  const lines: string[] = []
  let previous: ProofStep | undefined
  for (const step of steps) {
    const follows = previous !== undefined && step.steps.includes(previous)
    if (previous !== undefined && !follows) lines.push('') // a new thread begins
    const number = numbers.get(step)
    lines.push((number === undefined ? '' : `(${number}) `) + sentence(step, previous, numbers))
    previous = step
  }
  return lines
}

/** Numbers the steps that are used elsewhere than right after them, in order. */
function numberQuoted(steps: readonly ProofStep[]): Map<ProofStep, number> {
  const quoted = new Set<ProofStep>()
  steps.forEach((step, index) => {
    for (const premise of step.steps) if (premise !== steps[index - 1]) quoted.add(premise)
  })
  return new Map(steps.filter((step) => quoted.has(step)).map((step, index) => [step, index + 1]))
}

function sentence(step: ProofStep, previous: ProofStep | undefined, numbers: ReadonlyMap<ProofStep, number>): string {
  const conclusion = describeDerived(step.incompatibility)
  const quotes = step.steps
    .filter((premise) => premise !== previous)
    .map((premise) => `${describeDerived(premise.incompatibility)} (${numbers.get(premise) ?? '?'})`)
  const reasons = [...quotes, ...describeCauses(step.causes)]
  const follows = quotes.length < step.steps.length
  return `${follows ? 'So, because' : 'Because'} ${clauses(reasons)}, ${conclusion}.`
}

/** Joins clauses. If one of them contains a list, a comma separates them. */
function clauses(reasons: readonly string[]): string {
  return listOf(reasons, reasons.some((reason) => reason.includes(' and ')) ? ', and' : ' and')
}

/**
 * Lists versions that would match if they were eligible, because readers may know them and wonder why they weren't
 * chosen.
 */
function notesOn(causes: readonly ExternalCause[]): string[] {
  const found = new Map<Package, Set<Barred>>()
  for (const cause of causes) {
    if (cause.type === 'lock' || cause.wanted.isEmpty) continue // an empty range is explained in the steps already
    const known = found.get(cause.target) ?? new Set()
    found.set(cause.target, known)
    for (const barred of cause.ranges.flatMap((range) => cause.target.barredMatching(range))) known.add(barred)
  }
  return [...found].flatMap(([target, those]) => {
    const barred = target.barred.filter((each) => those.has(each))
    return barred.length === 0 ? [] : [`Not considered: ${target.name} ${describeBarred(barred)}.`]
  })
}
