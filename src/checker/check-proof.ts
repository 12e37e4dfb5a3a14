import semver from 'semver'
import type { Derivation, Proof, ProofFact, ProofQuestion, QuotedPackage } from '../schema/proof.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import { CpmError } from '../core/errors.ts'
import { type Clause, LEFT_OUT, resolveOn, type State } from './clause.ts'
import { eligibleVersions, own } from './eligible.ts'

/**
 * Checks a proof from the resolver without using the resolver: the two share only npm's `semver`, which decides what a
 * range matches. The checker is slow on purpose, so that it stays simple enough to trust.
 */

/**
 * The versions of a package that the root allows: one set per dependency of the root on it, none where the root doesn't
 * depend on it.
 */
type RootDemands = (name: string) => readonly ReadonlySet<string>[]

/**
 * Checks that the claim of a proof follows from the packages it quotes.
 * @returns how many facts and steps were checked
 * @throws CpmError PROOF_INVALID with the first error
 */
export function checkProof(proof: Proof): { facts: number; steps: number } {
  const checker = new Checker(proof)
  const { claim } = proof
  if (claim.type === 'unsolvable') checker.contradiction('the derivation', claim.derivation, checker.rootDemands)
  else checker.solution(claim)
  return { facts: checker.facts, steps: checker.steps }
}

/**
 * Compares the packages that a proof quotes with what the caller knows about them.
 * @param known every name in `proof.packages`, with all its versions
 * @throws CpmError PROOF_INVALID with the first difference
 */
export function requireQuotesTrue(proof: Proof, known: ReadonlyMap<string, QuotedPackage>): void {
  const whole = spokenOf(proof)
  for (const [name, quoted] of Object.entries(proof.packages)) {
    const actual = known.get(name) ?? null
    const isSame = (one: unknown, other: unknown) => canonicalJson(one ?? null) === canonicalJson(other ?? null)
    if ((quoted === null || actual === null) && quoted !== actual)
      throw invalid(quoted === null ? `it says that there is no ${name}` : `there is no ${name}`)
    const versions = new Set(Object.keys(quoted ?? {}))
    if (whole.has(name)) for (const version of Object.keys(actual ?? {})) versions.add(version)
    for (const version of versions)
      if (!isSame(own(quoted ?? {}, version), own(actual ?? {}, version)))
        throw invalid(`it misquotes ${name} ${version}`)
  }
}

/**
 * Compares the question of a proof with the one the caller asked.
 * @throws CpmError PROOF_INVALID with the part that differs
 */
export function requireQuestion({ question }: Proof, asked: ProofQuestion): void {
  const parts = { ...question, ...asked }
  for (const part of Object.keys(parts) as (keyof ProofQuestion)[])
    if (canonicalJson(question[part] ?? null) !== canonicalJson(asked[part] ?? null))
      throw invalid(`it answers a different question: its ${part} are ${JSON.stringify(question[part] ?? null)}`)
}

/** Returns the packages whose versions a proof must quote in full. */
function spokenOf({ claim, question }: Proof): Set<string> {
  const derivations =
    claim.type === 'unsolvable' ? [claim.derivation] : claim.newest.map(({ derivation }) => derivation)
  const facts = derivations.flatMap(({ facts }) => facts)
  const direct = claim.type === 'solved' ? question.dependencies.map(({ name }) => name) : []
  return new Set([...direct, ...facts.flatMap(({ by, on }) => (by === null ? [on] : [by, on]))])
}

class Checker {
  facts = 0
  steps = 0
  readonly #proof: Proof
  readonly #eligible = new Map<string, readonly string[]>()
  readonly #matching = new Map<string, ReadonlySet<string>>()

  constructor(proof: Proof) {
    this.#proof = proof
  }

  /** Returns what the root depends on according to the question. */
  readonly rootDemands: RootDemands = (name) =>
    this.#proof.question.dependencies
      .filter((dependency) => dependency.name === name)
      .map(({ range }) => this.#matched(name, this.#effective(name, range)))

  /** Checks that facts contradict each other, step by step. */
  contradiction(what: string, { facts, steps }: Derivation, root: RootDemands): void {
    const clauses = facts.map((fact, index) => this.#clauseOf(fact, `fact ${index} of ${what}`, root))
    for (const [index, [one, other, name]] of steps.entries()) {
      const [a, b] = [clauses[one], clauses[other]]
      if (a === undefined || b === undefined) throw invalid(`step ${index} of ${what} uses a later step`)
      clauses.push(resolveOn(name, a, b, this.#statesOf))
      this.steps++
    }
    const last = clauses.at(-1)
    if (last?.size !== 0) throw invalid(`${what} does not end in a contradiction`)
  }

  /** Checks a choice of versions, and that its direct dependencies can't be newer where the proof claims it. */
  solution(claim: Extract<Proof['claim'], { type: 'solved' }>): void {
    const { packages: chosen, newest, isNewest } = claim
    const require = (who: string, name: string, range: string) => {
      const version = own(chosen, name)
      const wanted = this.#effective(name, range)
      if (version === undefined) throw invalid(`${who} needs ${name}, which was not chosen`)
      if (!semver.satisfies(version, wanted)) throw invalid(`${who} needs ${name} ${wanted} but gets ${version}`)
      this.facts++
    }
    for (const { name, range } of this.#proof.question.dependencies) require('the root', name, range)
    for (const [name, version] of Object.entries(chosen)) {
      if (!this.#versions(name).includes(version)) throw invalid(`${name} ${version} can't be chosen`)
      const { dependencies = {} } = own(this.#quoted(name) ?? {}, version) ?? {}
      for (const [on, range] of Object.entries(dependencies)) require(`${name} ${version}`, on, range)
    }

    const derivations = new Map(newest.map(({ name, derivation }) => [name, derivation]))
    const settled = new Map<string, readonly ReadonlySet<string>[]>()
    for (const { name } of this.#proof.question.dependencies) {
      if (settled.has(name)) continue
      const version = own(chosen, name) ?? ''
      const allowed = this.rootDemands(name)
      const newer = this.#versions(name).filter(
        (each) => semver.gt(each, version) && allowed.every((versions) => versions.has(each)),
      )
      const derivation = derivations.get(name)
      settled.set(name, [new Set(newer)])
      if (newer.length > 0 && derivation)
        this.contradiction(
          `the derivation for ${name}`,
          derivation,
          (each) => settled.get(each) ?? this.rootDemands(each),
        )
      else if (newer.length > 0 && isNewest)
        throw invalid(`${name} could be newer, and the proof gives no reason against it`)
      // Later dependencies are checked with this version fixed.
      settled.set(name, [new Set([version])])
    }
  }

  #clauseOf({ by, versions, on, ranges }: ProofFact, what: string, root: RootDemands): Clause {
    const wanted = new Set(ranges.flatMap((range) => [...this.#matched(on, range)]))
    const isWanted = (allowed: ReadonlySet<string>) => [...allowed].every((version) => wanted.has(version))
    const unwanted = new Set(this.#states(on).filter((state) => !wanted.has(state)))
    this.facts++
    if (by === null) {
      if (!root(on).some(isWanted)) throw invalid(`${what}: the root doesn't require that of ${on}`)
      return clauseOf([[on, unwanted]], this.#statesOf)
    }
    for (const version of versions) {
      const range = own(own(this.#quoted(by) ?? {}, version)?.dependencies ?? {}, on)
      if (!this.#versions(by).includes(version)) throw invalid(`${what}: ${by} ${version} can't be chosen`)
      if (range === undefined || !isWanted(this.#matched(on, this.#effective(on, range))))
        throw invalid(`${what}: ${by} ${version} doesn't require that of ${on}`)
    }
    if (by === on) return clauseOf([[by, new Set(versions.filter((version) => !wanted.has(version)))]], this.#statesOf)
    return clauseOf([[by, new Set(versions)], [on, unwanted]], this.#statesOf) // prettier-ignore
  }

  readonly #statesOf = (name: string): readonly State[] => this.#states(name)

  #states(name: string): readonly State[] {
    return [LEFT_OUT, ...this.#versions(name)]
  }

  #effective(name: string, range: string): string {
    return own(this.#proof.question.overrides, name) ?? range
  }

  #quoted(name: string): QuotedPackage {
    const quoted = own(this.#proof.packages, name)
    if (quoted === undefined) throw invalid(`it mentions ${name} but doesn't quote it`)
    return quoted
  }

  #versions(name: string): readonly string[] {
    let versions = this.#eligible.get(name)
    if (!versions) {
      versions = eligibleVersions(name, this.#quoted(name), this.#proof.question)
      this.#eligible.set(name, versions)
    }
    return versions
  }

  #matched(name: string, range: string): ReadonlySet<string> {
    const key = `${name} ${range}`
    let matched = this.#matching.get(key)
    if (!matched) {
      const parsed = rangeOf(range)
      matched = new Set(parsed ? this.#versions(name).filter((version) => parsed.test(version)) : [])
      this.#matching.set(key, matched)
    }
    return matched
  }
}

/** Parses a range. A string that is not a range matches nothing. */
function rangeOf(text: string): semver.Range | undefined {
  try {
    return new semver.Range(text)
  } catch {
    return undefined
  }
}

/** Leaves out packages for which every state is allowed: they add nothing to a clause. */
function clauseOf(
  terms: readonly [string, ReadonlySet<State>][],
  statesOf: (name: string) => readonly State[],
): Clause {
  return new Map(terms.filter(([name, states]) => !statesOf(name).every((state) => states.has(state))))
}

function invalid(fact: string): CpmError {
  return new CpmError('PROOF_INVALID', `the proof is invalid: ${fact}`)
}
