import type { PackageDocument } from '../core/ports.ts'
import type { PackageName } from '../schema/name.ts'
import { Package } from './package.ts'
import type { Problem } from './problem.ts'
import { Ranges } from './ranges.ts'

/**
 * The packages the solver knows. An answer of the source lies closed until the solver has asked for its name: what
 * arrives early, late or in another order changes nothing in what the solver sees.
 */
export class Catalogue {
  readonly root: Package
  private readonly problem: Problem
  private readonly ranges = new Ranges()
  private readonly answers = new Map<PackageName, PackageDocument | null>()
  private readonly packages = new Map<PackageName, Package>()

  constructor(problem: Problem) {
    this.problem = problem
    this.root = Package.root(problem, this.ranges)
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
    const unanswered = names.filter((name) => !this.answers.has(name))
    if (unanswered.length > 0) return unanswered
    for (const name of names) {
      const index = this.packages.size + 1 // 0 is the root
      this.packages.set(name, Package.published(index, name, this.answers.get(name) ?? null, this.problem, this.ranges))
    }
    return []
  }
}
