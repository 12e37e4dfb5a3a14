import type { Failure } from './failure.ts'
import type { DerivedCause, DependencyCause, ExternalCause, Incompatibility } from './incompatibility.ts'
import { inOrder } from './post-order.ts'

/** One step of a proof for people: what follows, from which causes and which earlier steps. */
export interface ProofStep {
  readonly incompatibility: Incompatibility
  readonly causes: readonly ExternalCause[]
  readonly steps: readonly ProofStep[]
}

/** The most clauses of premises in a step: a sentence with more is hard to read. */
const CLAUSES = 3
/** The most causes in those clauses. */
const CAUSES = 5

/**
 * Lists the steps of the derivation of a failure, each after those it builds on, the failure last. The solver derives
 * from two causes at a time, which is more detail than a reader needs: a conclusion that is used only once is skipped
 * and its premises are passed on, as long as they stay few.
 */
export function proofOf(failure: Failure): ProofStep[] {
  const conclusions = inOrder(failure.incompatibility, premisesOf)
  const uses = new Map<Incompatibility, number>()
  for (const conclusion of conclusions) {
    for (const premise of premisesOf(conclusion)) uses.set(premise, (uses.get(premise) ?? 0) + 1)
  }

  const steps = new Map<Incompatibility, ProofStep>()
  let last: ProofStep | undefined
  for (const conclusion of conclusions) {
    last = stepOf(conclusion, steps, (cause) => (uses.get(cause) ?? 0) > 1)
    steps.set(conclusion, last)
  }
  return last === undefined ? [] : longestFirst(last)
}

function stepOf(
  incompatibility: Incompatibility,
  known: ReadonlyMap<Incompatibility, ProofStep>,
  isShared: (cause: Incompatibility) => boolean,
): ProofStep {
  const causes = new Set<ExternalCause>()
  const steps = new Set<ProofStep>()
  const premises = incompatibility.cause.type === 'derived' ? incompatibility.cause.from : [incompatibility]
  for (const premise of premises) {
    const step = known.get(premise)
    if (premise.cause.type !== 'derived') causes.add(premise.cause)
    else if (step !== undefined) steps.add(step)
  }
  for (const step of steps) {
    const all = new Set([...causes, ...step.causes])
    const clauses = clausesOf(all) + steps.size - 1 + step.steps.length
    if (isShared(step.incompatibility) || clauses > CLAUSES || all.size > CAUSES) continue
    steps.delete(step)
    for (const cause of step.causes) causes.add(cause)
    for (const premise of step.steps) steps.add(premise)
  }
  return { incompatibility, causes: [...causes], steps: [...steps] }
}

/**
 * Counts the clauses that causes make: those with the same subject make one, and each missing package or version
 * another.
 */
function clausesOf(causes: Iterable<ExternalCause>): number {
  const subjects: DependencyCause[] = []
  const missing = new Set<string>()
  let locks = 0
  for (const cause of causes) {
    if (cause.type === 'lock') {
      locks = 1
      continue
    }
    const { by, versions, target, wanted, ranges } = cause
    const isKnown = subjects.some((known) => known.by === by && known.versions.equals(versions))
    if (!isKnown) subjects.push(cause)
    if (wanted.isEmpty) for (const range of ranges) missing.add(target.exists ? `${target.name} ${range}` : target.name)
  }
  return subjects.length + missing.size + locks
}

/** Returns the conclusions an incompatibility was derived from, without external causes. */
function premisesOf({ cause }: Incompatibility): Incompatibility[] {
  return cause.type === 'derived' ? cause.from.filter(isConclusion) : []
}

function isConclusion(incompatibility: Incompatibility): incompatibility is Incompatibility & { cause: DerivedCause } {
  return incompatibility.cause.type === 'derived'
}

/**
 * Lists the last step and all steps below it. If a step has several premises, the one with the longest derivation comes
 * first, so that the short one is close to where it is used.
 */
function longestFirst(last: ProofStep): ProofStep[] {
  const heights = new Map<ProofStep, number>()
  const heightOf = (step: ProofStep) => heights.get(step) ?? 0
  for (const step of inOrder(last, ({ steps }) => steps))
    heights.set(step, 1 + Math.max(0, ...step.steps.map(heightOf)))
  return inOrder(last, ({ steps }) => [...steps].sort((a, b) => heightOf(b) - heightOf(a)))
}
