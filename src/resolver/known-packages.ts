import type { PackageDocument } from '../core/ports.ts'
import type { PackageName } from '../schema/name.ts'
import { Package, type Surroundings } from './package.ts'
import type { ResolveProblem } from './problem.ts'
import { Ranges } from './ranges.ts'
import { VersionKeys } from './version-key.ts'

/**
 * The packages the solver knows. An answer from the source stays closed until the solver asks for its name, so answers
 * that arrive early, late or in another order don't change what the solver sees.
 */
export class KnownPackages {
  readonly root: Package
  private readonly surroundings: Surroundings
  private readonly answers: Map<PackageName, PackageDocument | null>
  private readonly packages = new Map<PackageName, Package>()

  /** @param from known packages whose answers are reused here @param only ignore dependencies on any other name */
  constructor(problem: ResolveProblem, from?: KnownPackages, only?: ReadonlySet<PackageName>) {
    const { ranges = new Ranges(), versionKeys = new VersionKeys() } = from?.surroundings ?? {}
    this.surroundings = { problem, ranges, versionKeys, only }
    this.answers = from?.answers ?? new Map<PackageName, PackageDocument | null>()
    this.root = Package.root(this.surroundings)
  }

  /** The open packages, in the order in which they were opened. */
  get opened(): Iterable<Package> {
    return this.packages.values()
  }

  /** Returns a package if it was opened. */
  find(name: PackageName): Package | undefined {
    return this.packages.get(name)
  }

  /** Stores answers from the source, requested or not. The first answer for a name wins. */
  learn(answers: ReadonlyMap<PackageName, PackageDocument | null>): void {
    for (const [name, document] of answers) if (!this.answers.has(name)) this.answers.set(name, document)
  }

  /** Opens all these names; if some have no answer yet, opens none and returns those. */
  open(names: readonly PackageName[]): PackageName[] {
    const closed = [...new Set(names)].filter((name) => !this.packages.has(name))
    const unanswered = closed.filter((name) => !this.answers.has(name))
    if (unanswered.length > 0) return unanswered
    for (const name of closed) {
      const index = this.packages.size + 1 // 0 is the root
      const document = this.answers.get(name) ?? null
      this.packages.set(name, Package.published(index, document ?? name, this.surroundings))
    }
    return []
  }
}
