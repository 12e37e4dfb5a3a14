import type { VersionSet } from './version-set.ts'
import type { Package } from './package.ts'
import type { Term } from './term.ts'

/**
 * Terms that are never all true in a valid choice of versions. It has at most one term per package, and no term that is
 * always true, which would add nothing.
 */
export class Incompatibility {
  readonly terms: readonly Term[]
  readonly cause: Cause

  constructor(terms: readonly Term[], cause: Cause) {
    this.terms = terms
    this.cause = cause
  }

  /** True if only the root remains: the root is always installed, so there is no solution. */
  get isFailure(): boolean {
    return this.terms.every((term) => term.package.isRoot)
  }

  termOn(pkg: Package): Term | undefined {
    return this.terms.find((term) => term.package === pkg)
  }
}

/**
 * Applies the resolution rule: combines two incompatibilities that share a package into one that is true, whatever the
 * state of that package. Its terms on the package are united (often to "anything", which is dropped), those on other
 * packages intersected.
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
 * Why an incompatibility is true: an external cause, or a conclusion from two others. Conclusions form a graph whose
 * leaves are external causes: the derivation.
 */
export type Cause = ExternalCause | DerivedCause

export type ExternalCause = DependencyCause | LockCause

/** Each of these versions of a package requires one of the wanted versions of another. */
export interface DependencyCause {
  readonly type: 'dependency'
  readonly by: Package
  readonly versions: VersionSet
  readonly target: Package
  /** all versions of the target that satisfy any of them */
  readonly wanted: VersionSet
  /** the ranges they use, each once */
  readonly ranges: readonly string[]
  /** the packages in between, if the dependency is indirect */
  readonly through?: readonly Package[]
}

/** An installed package must have its locked version. */
export interface LockCause {
  readonly type: 'lock'
  readonly target: Package
  readonly wanted: VersionSet
}

export interface DerivedCause {
  readonly type: 'derived'
  /** the package whose state was resolved away */
  readonly on: Package
  readonly from: readonly [Incompatibility, Incompatibility]
}
