import semver from 'semver'
import type { Dependency } from '../schema/dependency.ts'
import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import type { KnownPackages } from './known-packages.ts'
import type { Failure } from './failure.ts'
import { smallestHittingSet } from './hitting-set.ts'
import type { Package } from './package.ts'
import type { ResolveProblem } from './problem.ts'
import { directIn, externalCausesOf, minimalReason } from './reason.ts'
import type { Search } from './search.ts'
import { type Attempt, tryToSolve } from './attempt.ts'
import type { Asking } from './request.ts'

/** One change to the root. */
export type Change =
  | { readonly type: 'loosen'; readonly name: PackageName; readonly from: string; readonly to: string }
  | { readonly type: 'drop'; readonly name: PackageName }
  | { readonly type: 'override'; readonly name: PackageName; readonly to: Version }
  /** until this release is old enough for the root's `excludeNewer` */
  | { readonly type: 'wait'; readonly name: PackageName; readonly version: Version; readonly publishedAt: string }

/** Changes that together make a problem solvable; they were tried. */
export interface Fix {
  readonly changes: readonly Change[]
}

const MOST_FIXES = 4
/** The most dependencies to change at once: a project with more changes is a different project. */
const MOST_CHANGES = 3
const MOST_ATTEMPTS = 24
/** The most steps for one attempt. */
const MOST_STEPS = 200_000

/**
 * Looks for the smallest changes that help. Each is tried on the whole problem, so every fix is known to work. Yields
 * the names it needs before it can continue.
 * @param reason a minimal one
 */
export function* findFixes(problem: ResolveProblem, known: KnownPackages, reason: Failure): Asking<Fix[]> {
  const attempts = new Attempts(problem, known)
  const fixes: Fix[] = []
  const add = (changes: readonly Change[] | undefined) => {
    if (changes && fixes.length < MOST_FIXES) fixes.push({ changes })
  }
  for (const name of inOrder(problem, directIn(reason))) add(yield* attempts.relaxed([name]))
  add(yield* attempts.waited(reason))
  for (const target of indirectIn(problem, reason)) add(yield* attempts.overridden(target.name))
  if (fixes.length === 0) add(yield* attempts.relaxedTogether(reason))
  return fixes
}

/** Tries changes to a problem. */
class Attempts {
  readonly #problem: ResolveProblem
  readonly #known: KnownPackages
  #left = MOST_ATTEMPTS

  constructor(problem: ResolveProblem, known: KnownPackages) {
    this.#problem = problem
    this.#known = known
  }

  /** Allows any version of these direct dependencies, or, if that doesn't help, drops them. */
  *relaxed(names: readonly PackageName[]): Asking<readonly Change[] | undefined> {
    const { dependencies } = this.#problem
    const isMeant = ({ name }: Dependency) => names.includes(name)
    const free = dependencies.map((dependency) =>
      isMeant(dependency) ? { ...dependency, requirement: '*' } : dependency,
    )
    const found = yield* this.#solve({ dependencies: free })
    if (found?.type === 'solved')
      return dependencies.filter(isMeant).map((dependency) => loosened(dependency, found.search))
    const without = yield* this.#solve({ dependencies: dependencies.filter((dependency) => !isMeant(dependency)) })
    return without?.type === 'solved' ? names.map((name) => ({ type: 'drop', name })) : undefined
  }

  /** Relaxes the fewest direct dependencies that help together: one from each contradiction. */
  *relaxedTogether(reason: Failure): Asking<readonly Change[] | undefined> {
    const contradictions = [directIn(reason)]
    const order = inOrder(this.#problem, new Set(this.#problem.dependencies.map(({ name }) => name)))
    for (;;) {
      const names = [...smallestHittingSet(contradictions, (name) => order.indexOf(name))]
      if (names.length > MOST_CHANGES) return undefined
      const changes = names.length > 1 ? yield* this.relaxed(names) : undefined
      if (changes) return changes
      const dependencies = this.#problem.dependencies.filter(({ name }) => !names.includes(name))
      const rest = yield* this.#solve({ dependencies })
      if (rest?.type !== 'failed') return undefined
      const next = yield* minimalReason({ ...this.#problem, dependencies }, this.#known, rest.failure)
      const direct = directIn(next)
      if (direct.size === 0) return undefined
      contradictions.push(direct)
    }
  }

  /** Overrides the version of a package in the root. */
  *overridden(name: PackageName): Asking<readonly Change[] | undefined> {
    const overrides = new Map([...this.#problem.overrides, [name, '*'] as const])
    const found = yield* this.#solve({ overrides })
    const to = found?.type === 'solved' ? found.search.chosen().get(name)?.version : undefined
    return to === undefined ? undefined : [{ type: 'override', name, to }]
  }

  /** Waits for versions that are still too new: returns the first that helps. */
  *waited(reason: Failure): Asking<readonly Change[] | undefined> {
    for (const { name, version, publishedAt } of tooNewIn(reason)) {
      const found = yield* this.#solve({ excludeNewer: publishedAt })
      if (found?.type === 'solved') return [{ type: 'wait', name, version, publishedAt }]
    }
    return undefined
  }

  /** Solves a changed problem. Returns undefined if that takes too long. */
  *#solve(changed: Partial<ResolveProblem>): Asking<Exclude<Attempt, { type: 'exhausted' }> | undefined> {
    if (this.#left-- <= 0) return undefined
    const problem = { ...this.#problem, ...changed }
    const budget = Math.min(MOST_STEPS, problem.budget ?? MOST_STEPS)
    const attempt = yield* tryToSolve(problem, this.#known, { budget })
    return attempt.type === 'exhausted' ? undefined : attempt
  }
}

function loosened({ name, requirement }: Dependency, search: Search): Change {
  const version = search.chosen().get(name)?.version ?? ''
  const to = semver.prerelease(version) === null ? `^${version}` : version
  return { type: 'loosen', name, from: requirement, to }
}

/** Sorts the last declared first, because a project declares what matters most to it first. */
function inOrder({ dependencies }: ResolveProblem, names: ReadonlySet<PackageName>): PackageName[] {
  return [...new Set(dependencies.map(({ name }) => name))].filter((name) => names.has(name)).reverse()
}

/** Returns the packages in a reason whose dependents other than the root conflict. */
function indirectIn({ dependencies }: ResolveProblem, reason: Failure): Package[] {
  const direct = new Set(dependencies.map(({ name }) => name))
  const required = new Map<Package, number>()
  for (const cause of externalCausesOf(reason)) required.set(cause.target, (required.get(cause.target) ?? 0) + 1)
  return [...required]
    .filter(([target, times]) => times > 1 && target.exists && !direct.has(target.name))
    .map(([target]) => target)
}

function tooNewIn(reason: Failure): { name: PackageName; version: Version; publishedAt: string }[] {
  const found = externalCausesOf(reason).flatMap((cause) => {
    if (cause.type === 'lock') return []
    return cause.ranges.flatMap((range) =>
      cause.target
        .barredMatching(range)
        .flatMap(({ candidate: { version }, bar }) =>
          bar.type === 'too-new' && bar.publishedAt !== undefined
            ? [{ name: cause.target.name, version, publishedAt: bar.publishedAt }]
            : [],
        ),
    )
  })
  return found.sort((a, b) => Date.parse(a.publishedAt) - Date.parse(b.publishedAt))
}

/** Describes a fix in a sentence. */
export function describeFix({ changes }: Fix): string {
  return changes.map(describeChange).join(', and ')
}

function describeChange(change: Change): string {
  switch (change.type) {
    case 'loosen':
      return `require ${change.name} ${change.to} instead of ${change.from}`
    case 'drop':
      return `remove ${change.name}`
    case 'override':
      return `override ${change.name} with ${change.to}`
    case 'wait':
      return `wait until ${change.name} ${change.version}, published on ${change.publishedAt}, is old enough`
  }
}
