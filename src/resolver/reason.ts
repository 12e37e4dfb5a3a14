import type { PackageName } from '../schema/name.ts'
import { Catalogue } from './catalogue.ts'
import type { Fact } from './cause.ts'
import { joinChains } from './chain.ts'
import type { Failure } from './failure.ts'
import type { Incompatibility } from './incompatibility.ts'
import type { Problem } from './problem.ts'
import { Search } from './search.ts'

/** What a reason speaks of: packages, what the root itself demands of them, and which the lock holds. */
interface Parts {
  readonly names: ReadonlySet<PackageName>
  readonly direct: ReadonlySet<PackageName>
  readonly locks: ReadonlySet<PackageName>
}

type Kind = keyof Parts

/** Steps that all trials together may take; what is not tried by then stays in the reason. */
const MOST_STEPS = 100_000

/**
 * Shrinks a reason: leaves out one part after the other, and what is not needed for a contradiction stays out. What is left is minimal:
 * without any one of its parts there would be a choice of versions.
 * @param kinds the kinds of parts to be left out where possible, in that order
 */
export function* minimalReason(
  problem: Problem,
  catalogue: Catalogue,
  failure: Failure,
  kinds: readonly Kind[] = ['names', 'direct', 'locks'],
): Generator<readonly PackageName[], Failure, void> {
  let steps = MOST_STEPS
  function* refute(parts: Parts): Generator<readonly PackageName[], Failure | undefined, void> {
    const { found, taken } = yield* refutation(problem, catalogue, parts, steps)
    steps -= taken
    return found
  }
  // Once more with all parts, looking at each package as a whole: that gives fewer and broader steps.
  let reason = (yield* refute(withDirect(partsOf(failure), problem))) ?? failure
  for (const kind of kinds) {
    const needed = new Set<PackageName>()
    for (const part of inOrderOfTrial(problem, catalogue, partsOf(reason)[kind])) {
      const parts = kind === 'names' ? withDirect(partsOf(reason), problem) : partsOf(reason)
      if (steps <= 0 || !parts[kind].has(part) || needed.has(part)) continue
      const shorter = yield* refute(without(parts, kind, part))
      // Of a chain all links are needed if one is.
      if (shorter) reason = shorter
      else if (kind === 'names') for (const link of chainWith(part, reason)) needed.add(link)
    }
  }
  return reason
}

/** The names of all packages a reason speaks of that the lock holds. */
export function locksIn(reason: Failure): ReadonlySet<PackageName> {
  return partsOf(reason).locks
}

/** The direct dependencies whose demands by the root a reason needs. */
export function directIn(reason: Failure): ReadonlySet<PackageName> {
  return partsOf(reason).direct
}

function chainWith(name: PackageName, reason: Failure): PackageName[] {
  const chains = joinChains(factsOf(reason)).map((fact) => (fact.type === 'demand' ? (fact.through ?? []) : []))
  return chains.find((links) => links.some((link) => link.name === name))?.map((link) => link.name) ?? []
}

/** The last declared first: what was declared early is what people know best. Then what was met last, which is deepest. */
function inOrderOfTrial(problem: Problem, catalogue: Catalogue, names: ReadonlySet<PackageName>): PackageName[] {
  const declared = new Map(problem.dependencies.map(({ name }, order) => [name, order]))
  const rank = (name: PackageName) => catalogue.find(name)?.index ?? 0
  return [...names].sort((a, b) => (declared.get(b) ?? -1) - (declared.get(a) ?? -1) || rank(b) - rank(a))
}

/** With all that the root demands of the packages spoken of: what it says itself may be enough, without those that say it too. */
function withDirect(parts: Parts, { dependencies }: Problem): Parts {
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

/** Looks for a contradiction in these parts alone. */
function* refutation(
  problem: Problem,
  known: Catalogue,
  { names, direct, locks }: Parts,
  budget: number,
): Generator<readonly PackageName[], { found: Failure | undefined; taken: number }, void> {
  const dependencies = problem.dependencies.filter(({ name, optional }) => !optional && direct.has(name))
  const narrowed = { ...problem, dependencies }
  const catalogue = new Catalogue(narrowed, known, names)
  const search = new Search(narrowed, catalogue, { kept: locks, budget, isThorough: true })
  catalogue.open(dependencies.map(({ name }) => name).sort())
  search.begin()
  let progress = search.run()
  for (; progress.type === 'missing' || progress.type === 'paused'; progress = search.run()) {
    if (progress.type === 'missing') catalogue.open(progress.names)
    else yield []
  }
  const found = progress.type === 'failed' ? { incompatibility: progress.incompatibility } : undefined
  return { found, taken: search.steps }
}

function partsOf(reason: Failure): Parts {
  const parts = { names: new Set<PackageName>(), direct: new Set<PackageName>(), locks: new Set<PackageName>() }
  for (const fact of factsOf(reason)) {
    parts.names.add(fact.target.name)
    if (fact.type === 'lock') parts.locks.add(fact.target.name)
    else if (fact.by.isRoot) parts.direct.add(fact.target.name)
    else parts.names.add(fact.by.name)
  }
  return parts
}

/** The facts at the leaves of a derivation. A derivation can be too deep to recurse. */
export function factsOf({ incompatibility }: Failure): Fact[] {
  const facts: Fact[] = []
  const met = new Set<Incompatibility>([incompatibility])
  const waiting = [incompatibility]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.cause.type !== 'conclusion') {
      facts.push(next.cause)
      continue
    }
    for (const premise of next.cause.from) {
      if (met.has(premise)) continue
      met.add(premise)
      waiting.push(premise)
    }
  }
  return facts
}
