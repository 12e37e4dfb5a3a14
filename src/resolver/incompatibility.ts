import type { Cause } from './cause.ts'
import type { Demand } from './demand.ts'
import type { Package } from './package.ts'
import type { Term } from './term.ts'
import type { VersionSet } from './version-set.ts'

/**
 * Terms that are never all true in a valid choice of versions. There is at most one term a package, and none that is
 * always true: it would say nothing.
 */
export class Incompatibility {
  readonly terms: readonly Term[]
  readonly cause: Cause

  constructor(terms: readonly Term[], cause: Cause) {
    this.terms = terms
    this.cause = cause
  }

  /** True where all that remains is the root: since it is what we resolve, there is no solution. */
  get isFailure(): boolean {
    return this.terms.every((term) => term.package.isRoot)
  }

  termOn(pkg: Package): Term | undefined {
    return this.terms.find((term) => term.package === pkg)
  }
}

/** What a demand rules out: the versions it holds for, with the package they demand outside of the range. */
export function ofDemand(demand: Demand, target: Package): Incompatibility | undefined {
  const { by, range } = demand
  const matching = target.matching(range)
  const versions = holdsFor(demand, target)
  const cause = { type: 'demand', demand, versions, target } as const
  if (by === target) {
    // A version that demands its own package in a range it is not in rules itself out; any other demands nothing new.
    const outside = versions.minus(matching)
    return outside.isEmpty ? undefined : new Incompatibility([{ package: by, versions: outside }], cause)
  }
  const dependent = { package: by, versions }
  // Where nothing matches, "not one of them" is always true, and the versions that ask for it are ruled out as they are.
  if (matching.isEmpty) return new Incompatibility([dependent], cause)
  return new Incompatibility([dependent, { package: target, versions: matching.complement() }], cause)
}

/** Comparing demands costs time by the square of their number, and pays where they are few. */
const COMPARED = 50

/**
 * The versions that a demand holds for: those that make it, and those that demand some of the same versions and no
 * others. The more versions an incompatibility speaks of, the fewer have to be learned about one by one.
 */
function holdsFor({ versions, kin, range }: Demand, target: Package): VersionSet {
  if (target.exists && kin.length > COMPARED) return versions
  const matching = target.matching(range)
  let all = versions
  for (const other of kin) {
    const others = target.matching(other.range)
    // A package that does not exist is demanded in vain whatever the range.
    if (!target.exists || (!others.isEmpty && others.isSubsetOf(matching))) all = all.union(other.versions)
  }
  return all
}

/**
 * The rule of resolution: of two incompatibilities with a package in common, one that holds whatever the state of that
 * package. Its terms on the package are united (often to "anything", which is dropped), those on others intersected.
 */
export function resolveOn(pkg: Package, a: Incompatibility, b: Incompatibility): Incompatibility {
  const terms: Term[] = []
  for (const term of a.terms) {
    const other = b.termOn(term.package)
    if (other === undefined) {
      terms.push(term)
    } else {
      const versions =
        term.package === pkg ? term.versions.union(other.versions) : term.versions.intersect(other.versions)
      if (!versions.isFull) terms.push({ package: term.package, versions })
    }
  }
  for (const term of b.terms) if (a.termOn(term.package) === undefined) terms.push(term)
  return new Incompatibility(terms, { type: 'conclusion', from: [a, b] })
}
