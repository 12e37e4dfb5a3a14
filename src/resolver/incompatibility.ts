import type { Cause } from './cause.ts'
import type { Package } from './package.ts'
import type { Term } from './term.ts'

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
  return new Incompatibility(terms, { type: 'derived', on: pkg, from: [a, b] })
}
