import type { PackageDocument } from '../core/ports.ts'
import type { PackageName } from '../schema/name.ts'
import { Package } from './package.ts'
import type { Problem } from './problem.ts'
import { Ranges } from './ranges.ts'

/**
 * The packages the solver knows. An answer of the source lies closed until the solver has asked for its name: what
 * arrives early, late or in another order changes nothing in what the solver sees.
 */
export class KnownPackages {
  readonly root: Package
  private readonly problem: Problem
  private readonly ranges: Ranges
  private readonly answers: Map<PackageName, PackageDocument | null>
  private readonly packages = new Map<PackageName, Package>()
  private readonly only: ReadonlySet<PackageName> | undefined

  /** @param from a set of known packages whose answers count for this one too. @param only nothing else is required by anybody */
  constructor(problem: Problem, from?: KnownPackages, only?: ReadonlySet<PackageName>) {
    this.problem = problem
    this.ranges = from?.ranges ?? new Ranges()
    this.answers = from?.answers ?? new Map<PackageName, PackageDocument | null>()
    this.only = only
    this.root = Package.root(problem, this.ranges, only)
  }

  /** The packages that are open, in the order in which they were opened. */
  get opened(): Iterable<Package> {
    return this.packages.values()
  }

  /** A package whose document was asked for and is known. */
  find(name: PackageName): Package | undefined {
    return this.packages.get(name)
  }

  /** Takes answers of the source, asked for or not. The first answer on a name stands. */
  learn(answers: ReadonlyMap<PackageName, PackageDocument | null>): void {
    for (const [name, document] of answers) if (!this.answers.has(name)) this.answers.set(name, document)
  }

  /** Opens all these names, or none and returns those that have no answer yet. */
  open(names: readonly PackageName[]): PackageName[] {
    const closed = [...new Set(names)].filter((name) => !this.packages.has(name))
    const unanswered = closed.filter((name) => !this.answers.has(name))
    if (unanswered.length > 0) return unanswered
    for (const name of closed) {
      const index = this.packages.size + 1 // 0 is the root
      const document = this.answers.get(name) ?? null
      this.packages.set(name, Package.published(index, document ?? name, this.problem, this.ranges, this.only))
    }
    return []
  }
}
