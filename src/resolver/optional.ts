import type { Candidate } from '../core/ports.ts'
import type { Dependency } from '../schema/dependency.ts'
import type { PackageName } from '../schema/name.ts'
import { effectiveRange } from './required-dependency.ts'
import type { Incompatibility } from './incompatibility.ts'
import type { Package } from './package.ts'
import type { ResolveProblem } from './problem.ts'
import { type Asking, needed } from './request.ts'
import { runToEnd, type Search } from './search.ts'
import { describeNoVersions } from './no-versions.ts'
import type { Dependent } from './solution.ts'

/** An optional dependency that something in the solution wants. */
interface Wish {
  readonly by: Dependent
  readonly dependency: Dependency
}

/** The result of trying to add an optional dependency. */
type Attempt = { readonly fits: true } | { readonly fits: false; readonly reason: string }

/**
 * Adds optional dependencies to a solution of the required ones. Each is tried with all versions chosen so far held; if
 * it fits, it is held too, otherwise it is left out. A package that is added may want more, and may turn on features of
 * others, so passes repeat until nothing is left to try.
 *
 * The set of held versions only grows, so a dependency that didn't fit once never will.
 */
export class OptionalDependencies {
  /** left out, with the reason */
  readonly omitted = new Map<PackageName, string>()
  private readonly search: Search
  private readonly problem: ResolveProblem
  private readonly adopted = new Set<string>()
  private readonly tried = new Set<string>()

  constructor(search: Search, problem: ResolveProblem) {
    this.search = search
    this.problem = problem
  }

  /** Tries every optional dependency. Yields the names it needs to know. */
  *settle(): Asking<void> {
    for (;;) {
      const wishes = this.wishes()
      if (wishes.length === 0) return
      const unknown = new Set(wishes.map(({ dependency }) => dependency.name))
      yield needed([...unknown].filter((name) => this.search.known.find(name) === undefined).sort())
      for (const wish of wishes) {
        this.tried.add(keyOf(wish))
        const attempt = yield* this.attempt(wish)
        if (attempt.fits) this.adopted.add(keyOf(wish))
        else if (!this.omitted.has(wish.dependency.name)) this.omitted.set(wish.dependency.name, attempt.reason)
      }
    }
  }

  /** Returns the active dependencies: required ones and those that were added. */
  active(by: Dependent, declared: readonly Dependency[]): readonly Dependency[] {
    if (!declared.some(isOptional)) return declared
    return declared.filter((dependency) => !dependency.optional || this.adopted.has(keyOf({ by, dependency })))
  }

  /**
   * Returns the optional dependencies not tried yet: the root's in declared order, then those of packages by name.
   */
  private wishes(): Wish[] {
    const chosen = this.search.chosen()
    const wishes: Wish[] = this.problem.dependencies
      .filter((dependency) => dependency.optional)
      .map((dependency) => ({ by: null, dependency }))
    const others = [...chosen].filter(([, { dependencies }]) => dependencies.some(isOptional))
    if (others.length > 0) {
      const requested = this.requestedFeatures(chosen)
      for (const [name, candidate] of others.sort(([a], [b]) => (a < b ? -1 : 1))) {
        for (const dependency of candidate.dependencies) {
          if (dependency.optional && isWanted(dependency, candidate, requested.get(name))) {
            wishes.push({ by: name, dependency })
          }
        }
      }
    }
    return wishes.filter((wish) => !this.tried.has(keyOf(wish)))
  }

  private requestedFeatures(chosen: ReadonlyMap<PackageName, Candidate>): Map<PackageName, Set<string>> {
    const requested = new Map<PackageName, Set<string>>()
    const request = (by: Dependent, declared: readonly Dependency[]) => {
      for (const { name, features } of this.active(by, declared)) {
        const known = requested.get(name) ?? new Set()
        for (const feature of features) known.add(feature)
        requested.set(name, known)
      }
    }
    request(null, this.problem.dependencies)
    for (const [name, { dependencies }] of chosen) request(name, dependencies)
    return requested
  }

  /** Tries one optional dependency with everything held so far, and also holds it if it fits. */
  private *attempt({ by, dependency }: Wish): Asking<Attempt> {
    const { search } = this
    const range = effectiveRange(dependency, this.problem.overrides)
    const target = search.known.find(dependency.name)
    if (target === undefined) throw new Error(`${dependency.name} was asked for, but is not known`)
    const versions = target.matching(range)
    const versionIndex = search.solution.decided(target)
    if (versionIndex !== undefined) {
      if (versions.has(versionIndex)) return { fits: true }
      const reason = `${by ?? 'your project'} wants ${range}, but ${target.candidate(versionIndex).version} is chosen`
      return { fits: false, reason }
    }
    if (versions.isEmpty) return { fits: false, reason: describeNoVersions(target, range) }
    if (search.solution.allowed(target).isDisjointFrom(versions)) {
      return { fits: false, reason: this.inTheWay(target, search.solution.causesOn(target)) }
    }

    search.assume({ package: target, versions })
    const progress = yield* runToEnd(search)
    if (progress.type === 'decided') {
      search.setBaseLevel()
      return { fits: true }
    }
    search.retractAssumption()
    if (progress.type === 'exhausted') return { fits: false, reason: 'the step budget ran out before it was tried' }
    return { fits: false, reason: this.inTheWay(target, [progress.incompatibility]) }
  }

  /** Explains which chosen versions conflict. */
  private inTheWay(target: Package, reasons: readonly Incompatibility[]): string {
    const others = new Set<string>()
    for (const { terms } of reasons) {
      for (const { package: pkg } of terms) {
        const versionIndex = this.search.solution.decided(pkg)
        if (versionIndex === undefined || pkg.isRoot || pkg === target) continue
        others.add(`${pkg.name} ${pkg.candidate(versionIndex).version}`)
      }
    }
    if (others.size === 0) return 'none of its matching versions can be installed'
    return `incompatible with ${[...others].sort().join(', ')}`
  }
}

function isOptional({ optional }: Dependency): boolean {
  return optional
}

/**
 * Returns whether a dependency is wanted: always, unless features name it; then only with one of those features.
 * Ignores features that don't exist.
 */
function isWanted({ name }: Dependency, { features }: Candidate, requested: ReadonlySet<string> | undefined): boolean {
  const naming = Object.keys(features).filter((feature) => features[feature]?.includes(name))
  return naming.length === 0 || naming.some((feature) => requested?.has(feature))
}

function keyOf({ by, dependency }: Wish): string {
  return `${by ?? '.'} ${dependency.name}`
}
