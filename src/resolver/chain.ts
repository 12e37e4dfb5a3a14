import type { DemandFact, Fact } from './cause.ts'
import type { Package } from './package.ts'

/** Shorter ones are told link by link. */
const FEWEST_LINKS = 3

/**
 * Takes chains of demands together: where a package is wanted by one other only, and wants one other only, nothing is to be said of it but
 * that it leads from the one to the other.
 */
export function joinChains(facts: readonly Fact[]): Fact[] {
  const demands = facts.filter((fact) => fact.type === 'demand')
  const ofPackage = (pick: (fact: DemandFact) => Package) => {
    const found = new Map<Package, DemandFact[]>()
    for (const fact of demands) found.set(pick(fact), [...(found.get(pick(fact)) ?? []), fact])
    return found
  }
  const [by, on] = [ofPackage((fact) => fact.by), ofPackage((fact) => fact.target)]
  const locked = new Set(facts.flatMap((fact) => (fact.type === 'lock' ? [fact.target] : [])))

  /** The demand that a link hands on. */
  const onwards = (pkg: Package): DemandFact | undefined => {
    const [incoming, another] = on.get(pkg) ?? []
    const [outgoing, oneMore] = by.get(pkg) ?? []
    // What the root itself asks for is told as such.
    if (!incoming || another || !outgoing || oneMore || incoming.by.isRoot || locked.has(pkg)) return undefined
    return incoming.wanted.isSubsetOf(outgoing.versions) ? outgoing : undefined
  }

  const joined = new Map<DemandFact, DemandFact>()
  const inside = new Set<DemandFact>()
  for (const first of demands) {
    if (onwards(first.by)) continue // it is no beginning
    const links: Package[] = []
    const met = [first]
    let last = first
    for (let next = onwards(last.target); next !== undefined; next = onwards(last.target)) {
      links.push(last.target)
      met.push(next)
      last = next
    }
    if (links.length < FEWEST_LINKS || last.target === first.by) continue
    const { target, wanted, ranges } = last
    joined.set(first, { ...first, target, wanted, ranges, through: links })
    for (const fact of met) inside.add(fact)
  }
  return facts.flatMap((fact) => {
    if (fact.type === 'lock' || !inside.has(fact)) return [fact]
    const whole = joined.get(fact)
    return whole ? [whole] : []
  })
}
