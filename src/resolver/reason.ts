import type { PackageName } from '../schema/name.ts'
import { KnownPackages } from './known-packages.ts'
import { joinChains } from './chain.ts'
import type { Failure } from './failure.ts'
import type { ExternalCause, Incompatibility } from './incompatibility.ts'
import type { ResolveProblem } from './problem.ts'
import { type Asking, PAUSE } from './request.ts'
import { Search } from './search.ts'

/** The parts of a reason: packages, the root's own dependencies on them, and which of them the lock holds. */
interface Parts {
  readonly names: ReadonlySet<PackageName>
  readonly direct: ReadonlySet<PackageName>
  readonly locks: ReadonlySet<PackageName>
}

type Kind = keyof Parts

/** The most steps for all attempts together; what is not tried by then stays in the reason. */
const MOST_STEPS = 100_000

/**
 * Shrinks a reason: tries to remove each part in turn, and drops those that the contradiction doesn't need. The result
 * is minimal: without any of its parts there would be a solution.
 * @param kinds the kinds of parts to remove, in that order
 */
export function* minimalReason(
  problem: ResolveProblem,
  known: KnownPackages,
  failure: Failure,
  kinds: readonly Kind[] = ['names', 'direct', 'locks'],
): Asking<Failure> {
  let steps = MOST_STEPS
  function* refute(parts: Parts): Asking<Failure | undefined> {
    const { found, taken } = yield* refutation(problem, known, parts, steps)
    steps -= taken
    return found
  }
  // Refute again with all parts, reading each package as a whole: that gives fewer and broader steps.
  let reason = (yield* refute(withDirect(partsOf(failure), problem))) ?? failure
  for (const kind of kinds) {
    const needed = new Set<PackageName>()
    for (const part of inOrderOfAttempt(problem, known, partsOf(reason)[kind])) {
      const parts = kind === 'names' ? withDirect(partsOf(reason), problem) : partsOf(reason)
      if (steps <= 0 || !parts[kind].has(part) || needed.has(part)) continue
      const shorter = yield* refute(without(parts, kind, part))
      // If one link of a chain is needed, all are.
      if (shorter) reason = shorter
      else if (kind === 'names') for (const link of chainWith(part, reason)) needed.add(link)
    }
  }
  return reason
}

/** Returns the names of all packages in a reason that the lock holds. */
export function locksIn(reason: Failure): ReadonlySet<PackageName> {
  return partsOf(reason).locks
}

/** Returns the direct dependencies that a reason needs. */
export function directIn(reason: Failure): ReadonlySet<PackageName> {
  return partsOf(reason).direct
}

function chainWith(name: PackageName, reason: Failure): PackageName[] {
  const chains = joinChains(externalCausesOf(reason)).map((cause) =>
    cause.type === 'dependency' ? (cause.through ?? []) : [],
  )
  return chains.find((links) => links.some((link) => link.name === name))?.map((link) => link.name) ?? []
}

/** Sorts the last declared first, because people know best what they declared early; then the deepest, met last. */
function inOrderOfAttempt(
  problem: ResolveProblem,
  known: KnownPackages,
  names: ReadonlySet<PackageName>,
): PackageName[] {
  const declared = new Map(problem.dependencies.map(({ name }, order) => [name, order]))
  const rank = (name: PackageName) => known.find(name)?.index ?? 0
  return [...names].sort((a, b) => (declared.get(b) ?? -1) - (declared.get(a) ?? -1) || rank(b) - rank(a))
}

/**
 * Adds all of the root's dependencies on packages in the reason: they may be enough without the packages that also
 * require them.
 */
function withDirect(parts: Parts, { dependencies }: ResolveProblem): Parts {
  const direct = dependencies.filter(({ name, optional }) => !optional && parts.names.has(name))
  return { ...parts, direct: new Set(direct.map(({ name }) => name)) }
}

function without(parts: Parts, kind: Kind, name: PackageName): Parts {
  const left = new Set([...parts[kind]].filter((other) => other !== name))
  if (kind !== 'names') return { ...parts, [kind]: left }
  const inLeft = (other: PackageName) => left.has(other)
  return {
    names: left,
    direct: new Set([...parts.direct].filter(inLeft)),
    locks: new Set([...parts.locks].filter(inLeft)),
  }
}

/** Looks for a contradiction using these parts only. */
function* refutation(
  problem: ResolveProblem,
  known: KnownPackages,
  { names, direct, locks }: Parts,
  budget: number,
): Asking<{ found: Failure | undefined; taken: number }> {
  const dependencies = problem.dependencies.filter(({ name, optional }) => !optional && direct.has(name))
  const narrowed = { ...problem, dependencies }
  const narrow = new KnownPackages(narrowed, known, names)
  const search = new Search(narrowed, narrow, { kept: locks, budget, isThorough: true })
  narrow.open(dependencies.map(({ name }) => name).sort())
  search.begin()
  let progress = search.run()
  for (; progress.type === 'missing' || progress.type === 'paused'; progress = search.run()) {
    if (progress.type === 'missing') narrow.open(progress.names)
    else yield PAUSE
  }
  const found = progress.type === 'failed' ? { incompatibility: progress.incompatibility } : undefined
  return { found, taken: search.steps }
}

function partsOf(reason: Failure): Parts {
  const parts = { names: new Set<PackageName>(), direct: new Set<PackageName>(), locks: new Set<PackageName>() }
  for (const cause of externalCausesOf(reason)) {
    parts.names.add(cause.target.name)
    if (cause.type === 'lock') parts.locks.add(cause.target.name)
    else if (cause.by.isRoot) parts.direct.add(cause.target.name)
    else parts.names.add(cause.by.name)
  }
  return parts
}

/** Returns the causes at the leaves of a derivation. Not recursive, because a derivation can be deep. */
export function externalCausesOf({ incompatibility }: Failure): ExternalCause[] {
  const causes: ExternalCause[] = []
  const met = new Set<Incompatibility>([incompatibility])
  const waiting = [incompatibility]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.cause.type !== 'derived') {
      causes.push(next.cause)
      continue
    }
    for (const premise of next.cause.from) {
      if (met.has(premise)) continue
      met.add(premise)
      waiting.push(premise)
    }
  }
  return causes
}
