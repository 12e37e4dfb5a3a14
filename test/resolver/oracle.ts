import { createRequire } from 'node:module'
import semver from 'semver'
import type { Universe } from '../../src/resolver/api.ts'

/** The part of logic-solver, a SAT solver (MiniSat) from npm, that is used here. It has no types. */
interface Logic {
  Solver: new () => LogicSolver
  or(...terms: Formula[]): Formula
  and(...terms: Formula[]): Formula
  implies(condition: Formula, formula: Formula): Formula
  not(term: Formula): Formula
  atMostOne(...terms: Formula[]): Formula
}
interface LogicSolver {
  require(formula: Formula): void
  solveAssuming(formula: Formula): unknown
}
type Formula = string | object

const Logic = createRequire(import.meta.url)('logic-solver') as Logic

/**
 * Creating a solver takes longer than most queries, so many universes share one, each under its own condition.
 */
const UNIVERSES_A_SOLVER = 100
let solver = new Logic.Solver()
let universes = 0

/**
 * Facts about a universe, from a SAT solver that knows nothing about versions: a variable per version, at most one
 * version per package, and a clause per dependency. Shares no code with the resolver.
 */
export class Oracle {
  readonly #universe: Universe
  readonly #solver: LogicSolver
  /** true for this universe only */
  readonly #condition: string

  constructor(universe: Universe) {
    universes++
    if (universes % UNIVERSES_A_SOLVER === 0) solver = new Logic.Solver()
    this.#solver = solver
    this.#universe = universe
    this.#condition = `universe${universes}`
    const { overrides = {} } = universe
    for (const [name, versions] of Object.entries(universe.universe)) {
      const usable = this.#usable(name)
      if (usable.length > 1) this.#require(Logic.atMostOne(...usable.map((version) => this.#term(name, version))))
      for (const version of usable) {
        for (const [dependency, range] of Object.entries(versions[version] ?? {})) {
          const wanted = this.#matching(dependency, overrides[dependency] ?? range)
          this.#require(Logic.or(Logic.not(this.#term(name, version)), ...wanted))
        }
      }
    }
    for (const [name, range] of Object.entries(universe.root))
      this.#require(Logic.or(...this.#matching(name, overrides[name] ?? range)))
  }

  get isSolvable(): boolean {
    return this.#isPossible([])
  }

  /**
   * Returns the newest version of each direct dependency that those declared before it allow, if there is a solution.
   */
  newest(): Record<string, string> {
    return this.#first(semver.rsort)
  }

  /** Returns the same with the oldest versions. */
  oldest(): Record<string, string> {
    return this.#first(semver.sort)
  }

  #first(inOrder: (versions: string[]) => string[]): Record<string, string> {
    const { root, overrides = {} } = this.#universe
    const found: Record<string, string> = {}
    const settled: Formula[] = []
    for (const [name, range] of Object.entries(root)) {
      const wanted = this.#usable(name).filter((version) => semver.satisfies(version, overrides[name] ?? range))
      const best = inOrder(wanted).find((version) => this.#isPossible([...settled, this.#term(name, version)]))
      if (best === undefined) throw new Error(`nothing is possible for ${name}`)
      settled.push(this.#term(name, best))
      found[name] = best
    }
    return found
  }

  #require(formula: Formula): void {
    this.#solver.require(Logic.implies(this.#condition, formula))
  }

  #isPossible(formulas: readonly Formula[]): boolean {
    return this.#solver.solveAssuming(Logic.and(this.#condition, ...formulas)) !== null
  }

  #matching(name: string, range: string): string[] {
    return this.#usable(name)
      .filter((version) => semver.satisfies(version, range))
      .map((version) => this.#term(name, version))
  }

  #usable(name: string): string[] {
    const { universe, yanked = {}, locked = {} } = this.#universe
    return Object.keys(universe[name] ?? {}).filter(
      (version) => yanked[name]?.includes(version) !== true || locked[name] === version,
    )
  }

  #term(name: string, version: string): string {
    return `${this.#condition} ${name}@${version}`
  }
}
