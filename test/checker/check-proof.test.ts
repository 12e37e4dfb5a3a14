import { describe, expect, test } from 'vitest'
import { checkProof, requireQuotesTrue } from '../../src/checker/check-proof.ts'
import { quote } from '../../src/checker/quote.ts'
import { proofOf } from '../../src/operations/project/proof-file.ts'
import type { PackageDocument } from '../../src/core/ports.ts'
import type { Universe } from '../../src/resolver/api.ts'
import { documentOf, problemOf, runUniverse } from '../../src/resolver/universe.ts'
import { type Derivation, Proof } from '../../src/schema/proof.ts'
import type { PackageName } from '../../src/schema/name.ts'
import { Chance } from '../resolver/chance.ts'
import { Oracle } from '../resolver/oracle.ts'
import { randomUniverse } from '../resolver/random-universe.ts'

/** Every day has its own random universes; CPM_SEED=<number> repeats those of another day. */
const SEED = Number(process.env.CPM_SEED ?? Math.floor(Date.now() / 86_400_000))
const UNIVERSES = 400

function proofFor(universe: Universe): { proof: Proof; documents: Map<PackageName, PackageDocument | null> } {
  const outcome = runUniverse(universe, { withProof: true })
  const names = [...Object.keys(universe.universe), 'lost'] as PackageName[]
  const documents = new Map(names.map((name) => [name, documentOf(universe, name)]))
  const proof = proofOf(problemOf(universe), outcome, documents)
  // as read from a file
  return { proof: Proof.parse(JSON.parse(JSON.stringify(proof))), documents }
}

function quotesOf(documents: ReadonlyMap<PackageName, PackageDocument | null>) {
  return new Map([...documents].map(([name, document]) => [name as string, quote(document)]))
}

const refusal = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    return String(error)
  }
  return 'accepted'
}

describe(`proofs about random universes (CPM_SEED=${SEED})`, { timeout: 120_000 }, () => {
  test('are valid, quote the packages correctly, and prove that nothing newer is possible', () => {
    const kinds = { solved: 0, unsolvable: 0, refuted: 0 }
    for (let index = 0; index < UNIVERSES; index++) {
      const seed = SEED * 100_000 + index
      const { proof, documents } = proofFor(randomUniverse(seed))
      const act = () => {
        checkProof(proof)
        requireQuotesTrue(proof, quotesOf(documents))
      }
      expect(refusal(act), `universe ${seed}`).toBe('accepted')
      kinds[proof.claim.type]++
      if (proof.claim.type !== 'solved') continue
      kinds.refuted += proof.claim.newest.length
      expect(proof.claim.isNewest, `universe ${seed}`).toBe(true)
    }
    expect(Math.min(...Object.values(kinds)), JSON.stringify(kinds)).toBeGreaterThan(20)
  })

  test('are refused once damaged, or still prove something that a SAT solver confirms', () => {
    const ends = { refused: 0, accepted: 0 }
    for (let index = 0; index < UNIVERSES; index++) {
      const seed = SEED * 100_000 + index
      const chance = new Chance(seed)
      const { proof } = proofFor(randomUniverse(seed))
      for (let time = 0; time < 4; time++) {
        const damaged = damage(proof, chance)
        if (refusal(() => checkProof(damaged)) !== 'accepted') {
          ends.refused++
          continue
        }
        ends.accepted++
        expect(isTrue(damaged), `universe ${seed}: ${JSON.stringify(damaged)}`).toBe(true)
      }
    }
    expect(Math.min(...Object.values(ends)), JSON.stringify(ends)).toBeGreaterThan(50)
  })
})

/** Makes one change to a proof: to its claim, or to its quotes. */
function damage(proof: Proof, chance: Chance): Proof {
  const { question, packages, claim } = structuredClone(proof)
  const derivations = claim.type === 'unsolvable' ? [claim.derivation] : claim.newest.map((each) => each.derivation)
  const all = { schemaVersion: 1, question, packages, claim } as const
  const derivation = derivations.length > 0 && chance.happens(0.7) ? chance.pick(derivations) : undefined
  if (derivation) {
    spoil(derivation, chance)
    return all
  }
  const names = Object.keys(packages)
  const name = names.length > 0 ? chance.pick(names) : ''
  const versions = Object.keys(packages[name] ?? {})
  const version = versions.length > 0 ? chance.pick(versions) : undefined
  if (claim.type === 'solved' && chance.happens(0.5)) {
    const chosen = Object.keys(claim.packages)
    const at = chosen.length > 0 ? chance.pick(chosen) : ''
    const others = Object.keys(packages[at] ?? { '9.9.9': {} })
    if (at !== '') claim.packages[at] = others.length > 0 ? chance.pick(others) : '9.9.9'
  } else if (version !== undefined && packages[name]) {
    const release = packages[name][version]
    const demands = Object.keys(release?.dependencies ?? {})
    if (release && demands.length > 0) release.dependencies[chance.pick(demands)] = chance.pick(['*', '<0.2.0', '^2'])
    else packages[name] = Object.fromEntries(Object.entries(packages[name]).filter(([each]) => each !== version))
  } else {
    const dependency = question.dependencies[0]
    if (dependency) dependency.range = '*'
  }
  return all
}

function spoil({ facts, steps }: Derivation, chance: Chance): void {
  const fact = chance.pick(facts)
  const step = steps.length > 0 ? chance.pick(steps) : undefined
  switch (chance.below(5)) {
    case 0:
      fact.ranges = [chance.pick(['*', '^1.0.0', '<1.0.0'])]
      return
    case 1:
      steps.pop()
      return
    case 2:
      if (step) step[chance.below(2)] = chance.below(facts.length)
      return
    case 3:
      if (step) step[2] = chance.pick(facts).on
      return
    default:
      fact.versions = fact.versions.slice(1)
  }
}

/** Returns whether the claim of a proof is true for the packages it quotes. Other packages don't matter. */
function isTrue({ question, packages, claim }: Proof): boolean {
  const isQuoted = ([name]: readonly [string, unknown]) => Object.hasOwn(packages, name)
  const universe = Object.fromEntries(
    Object.entries(packages).map(([name, versions]) => [
      name,
      Object.fromEntries(
        Object.entries(versions ?? {}).map(([version, { dependencies }]) => [
          version,
          Object.fromEntries(Object.entries(dependencies).filter(isQuoted)),
        ]),
      ),
    ]),
  )
  const yanked = Object.fromEntries(
    Object.entries(packages).map(([name, versions]) => [
      name,
      Object.entries(versions ?? {}).flatMap(([version, release]) => (release.yanked ? [version] : [])),
    ]),
  )
  const root = Object.fromEntries(
    question.dependencies.map(({ name, range }) => [name, range] as const).filter(isQuoted),
  )
  const { locked, overrides } = question
  const oracle = new Oracle({ universe, root, yanked, locked, overrides })
  if (claim.type === 'unsolvable') return !oracle.isSolvable
  const newest = oracle.isSolvable ? oracle.newest() : undefined
  return newest !== undefined && Object.entries(newest).every(([name, version]) => claim.packages[name] === version)
}

describe('the checker refuses a proof', () => {
  const universe: Universe = {
    universe: {
      app: { '1.0.0': { lib: '^1.0.0' }, '2.0.0': { lib: '^2.0.0' } },
      tool: { '1.0.0': { lib: '^1.0.0' } },
      lib: { '1.0.0': {}, '2.0.0': {} },
    },
    root: { tool: '*', app: '^2.0.0' },
  }

  test("whose steps use later ones, or that doesn't end in a contradiction", () => {
    const { proof } = proofFor(universe)
    const { claim } = proof
    if (claim.type !== 'unsolvable') throw new Error('this universe has no solution')
    const { facts, steps } = claim.derivation
    const changed = (derivation: Derivation) => ({ ...proof, claim: { type: 'unsolvable' as const, derivation } })
    expect(refusal(() => checkProof(changed({ facts, steps: steps.slice(1) })))).toMatch(/PROOF_INVALID|is invalid/)
    expect(refusal(() => checkProof(changed({ facts, steps: [[0, 99, 'lib']] })))).toContain('uses a later step')
    expect(refusal(() => checkProof(changed({ facts, steps: [] })))).toContain('does not end in a contradiction')
  })

  test('whose facts are not in the quoted packages', () => {
    const { proof } = proofFor(universe)
    const { claim } = proof
    if (claim.type !== 'unsolvable') throw new Error('this universe has no solution')
    const lies = claim.derivation.facts.map((fact) => ({ ...fact, ranges: ['^3.0.0'] }))
    const derivation = { ...claim.derivation, facts: lies }
    expect(refusal(() => checkProof({ ...proof, claim: { type: 'unsolvable', derivation } }))).toMatch(
      /doesn't require that/,
    )
    const strange = { ...proof, packages: {} }
    expect(refusal(() => checkProof(strange))).toContain("doesn't quote it")
  })

  test('that misquotes packages or leaves out a version', () => {
    const { proof, documents } = proofFor(universe)
    const known = quotesOf(documents)
    const { lib, ...others } = proof.packages
    if (!lib) throw new Error('it is about lib')
    const { '1.0.0': _, ...left } = lib
    expect(refusal(() => { requireQuotesTrue({ ...proof, packages: { ...others, lib: left } }, known) })).toContain('lib 1.0.0') // prettier-ignore
    expect(refusal(() => { requireQuotesTrue({ ...proof, packages: { ...others, lib: null } }, known) })).toContain('there is no lib') // prettier-ignore
  })

  test('that claims an invalid choice of versions, or a newest one without a reason', () => {
    const solvable = { ...universe, root: { tool: '*', app: '*' } }
    const { proof } = proofFor(solvable)
    const { claim } = proof
    if (claim.type !== 'solved') throw new Error('this universe has a solution')
    expect(claim).toMatchObject({ packages: { app: '1.0.0', lib: '1.0.0' }, isNewest: true })
    const withClaim = (changed: Partial<typeof claim>) => ({ ...proof, claim: { ...claim, ...changed } })
    const chosen = (packages: Record<string, string>) => withClaim({ packages: { ...claim.packages, ...packages } })
    expect(refusal(() => checkProof(chosen({ app: '2.0.0' })))).toContain('needs lib ^2.0.0 but gets 1.0.0')
    expect(refusal(() => checkProof(chosen({ app: '7.0.0' })))).toContain("app 7.0.0 can't be chosen")
    expect(refusal(() => checkProof(withClaim({ newest: [] })))).toContain('app could be newer')
    const { lib: _, ...without } = claim.packages
    expect(refusal(() => checkProof(withClaim({ packages: without })))).toContain('needs lib, which was not chosen')
    expect(refusal(() => checkProof({ ...proof, question: { ...proof.question, excludeNewer: '2026-01-01T00:00:00Z' } }))).toContain("can't be chosen") // prettier-ignore
  })
})
