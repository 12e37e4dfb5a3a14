import type { VersionSet } from './version-set.ts'
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

/**
 * Why an incompatibility is true: a cause of the outside, or a conclusion from two others. Conclusions make a graph
 * whose leaves are causes: the derivation.
 */
export type Cause = ExternalCause | DerivedCause

export type ExternalCause = DependencyCause | LockCause

/** Each of these versions of a package requires another one, in some of the versions that are wanted. */
export interface DependencyCause {
  readonly type: 'dependency'
  readonly by: Package
  readonly versions: VersionSet
  readonly target: Package
  /** all versions of the target that any of them can do with */
  readonly wanted: VersionSet
  /** how they ask for it, each range once */
  readonly ranges: readonly string[]
  /** the packages in between, where it is not they themselves that ask for it */
  readonly through?: readonly Package[]
}

/** A package that is installed must be so in the version the lock has. */
export interface LockCause {
  readonly type: 'lock'
  readonly target: Package
  readonly wanted: VersionSet
}

export interface DerivedCause {
  readonly type: 'derived'
  /** the package whose state makes no difference to it */
  readonly on: Package
  readonly from: readonly [Incompatibility, Incompatibility]
}
