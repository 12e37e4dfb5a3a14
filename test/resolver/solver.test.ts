import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { PackageDocument } from '../../src/core/ports.ts'
import { explain } from '../../src/resolver/explain.ts'
import { createSolver, type Outcome } from '../../src/resolver/solver.ts'
import type { Universe } from '../../src/resolver/api.ts'
import { documentOf, problemOf } from '../../src/resolver/universe.ts'
import type { PackageName } from '../../src/schema/name.ts'
import { Chance } from './chance.ts'
import { describe as written, solveWorld, type World, worldOf } from './world.ts'

const DIAMOND = `
  root: a *, b *
  a 1.0.0: c ^1.0.0, d? *
  a 2.0.0: c ^2.0.0, d? *
  b 1.0.0: c ^1.0.0
  c 1.0.0
  c 2.0.0
  d 1.0.0: e *
  e 1.0.0`

describe('a solver', () => {
  it('requests all the names it needs at once, and each name once', () => {
    const { problem, documents } = worldOf(DIAMOND)
    const solver = createSolver(problem)
    const asked: string[] = []
    let step = solver.step()
    while (step.type === 'need') {
      asked.push(step.names.join(' '))
      step = solver.step(new Map(step.names.map((name) => [name, documents.get(name) ?? null])))
    }
    expect(asked).toEqual(['a b', 'c', 'd', 'e'])
  })

  it('requests unanswered names again', () => {
    const { problem, documents } = worldOf(DIAMOND)
    const solver = createSolver(problem)
    const a = 'a' as PackageName
    expect(solver.step()).toEqual({ type: 'need', names: ['a', 'b'] })
    expect(solver.step()).toEqual({ type: 'need', names: ['a', 'b'] })
    expect(solver.step(new Map([[a, documents.get(a) ?? null]]))).toEqual({ type: 'need', names: ['b'] })
  })

  it('accepts answers that it did not request', () => {
    const { problem, documents } = worldOf(DIAMOND)
    const step = createSolver(problem).step(documents)
    expect(step.type).toBe('solved')
    expect(step.type === 'solved' && written(step)).toBe('a 1.0.0, b 1.0.0, c 1.0.0, d 1.0.0, e 1.0.0')
  })

  it('returns the same outcome when called again', () => {
    const { problem, documents } = worldOf(DIAMOND)
    const solver = createSolver(problem)
    expect(solver.step(documents)).toBe(solver.step())
  })

  it('stops when its step budget runs out', () => {
    const { problem, documents } = worldOf(DIAMOND)
    const step = createSolver({ ...problem, budget: 3 }).step(documents)
    expect(step).toEqual({ type: 'exhausted', steps: 3 })
  })

  it('stays within its step budget when contradictions with the lock make it begin again', () => {
    const { problem, documents } = worldOf(`
      root: a ^2, b ^2, c ^2, d ^2
      a 1.0.0
      a 2.0.0: x ^2
      b 1.0.0
      b 2.0.0: y ^2
      c 1.0.0
      c 2.0.0: z ^2
      d 2.0.0: x ^2, y ^2, z ^2
      x 1.0.0
      x 2.0.0: y ^2
      y 1.0.0
      y 2.0.0: z ^2
      z 1.0.0
      z 2.0.0
      lock: x 1.0.0, y 1.0.0, z 1.0.0`)
    const { steps } = expectSolved(createSolver(problem), documents)
    const ends = new Set<string>()
    for (let budget = 1; budget <= 3 * steps; budget++) {
      const step = createSolver({ ...problem, budget }).step(documents)
      ends.add(step.type)
      if (step.type === 'exhausted') expect(step.steps, `budget ${budget}`).toBeLessThanOrEqual(budget)
      if (step.type === 'solved') expect(step.solution.steps, `budget ${budget}`).toBeLessThanOrEqual(budget)
    }
    expect([...ends]).toEqual(['exhausted', 'solved'])
  })

  it('leaves out optional dependencies when its step budget runs out', () => {
    const { problem, documents } = worldOf(`
      root: a *, b? *
      a 1.0.0
      b 1.0.0`)
    const { steps } = expectSolved(
      createSolver({ ...problem, dependencies: problem.dependencies.slice(0, 1) }),
      documents,
    )
    // Half of the budget is for a search in another order.
    const { packages, omitted } = expectSolved(createSolver({ ...problem, budget: 2 * steps }), documents)
    expect([...packages.keys()]).toEqual(['a'])
    expect(omitted.get('b' as PackageName)).toBe('the step budget ran out before it was tried')
  })

  it('reports which dependencies are active', () => {
    const { problem, documents } = worldOf(`
      root: a+fast *
      a 1.0.0 [fast = c] [small = d]: b *, c? *, d? *, e? ^2.0.0
      b 1.0.0
      c 1.0.0
      e 1.0.0`)
    const { packages, omitted } = expectSolved(createSolver(problem), documents)
    expect(packages.get('a' as PackageName)?.dependencies.map(({ name }) => name)).toEqual(['b', 'c'])
    expect([...omitted.keys()]).toEqual(['e'])
  })
})

describe('G11 the order of input', { timeout: 60_000 }, () => {
  const cases = JSON.parse(
    readFileSync(new URL('../../fixtures/resolver/random.json', import.meta.url), 'utf8'),
  ) as (Universe & {
    name: string
  })[]
  const some = cases.filter((_, index) => index % 4 === 0)

  it.each(some.map((each) => [each.name, each] as const))("doesn't matter in %s", (_name, question) => {
    const usual = answer(question, (names) => names)
    const chance = new Chance(1)
    expect(answer(shuffledKeys(question, chance), (names) => names)).toBe(usual)
    expect(answer(question, (names) => chance.shuffled(names))).toBe(usual)
    expect(answer(question, (names) => names.slice(-1))).toBe(usual)
  })

  it("doesn't matter if everything is known in advance", () => {
    for (const question of some) {
      const names = Object.keys(question.universe) as PackageName[]
      const solver = createSolver(problemOf(question))
      let step = solver.step(new Map(names.map((name) => [name, documentOf(question, name)])))
      while (step.type === 'need' || step.type === 'pause')
        step = solver.step(new Map((step.type === 'need' ? step.names : []).map((name) => [name, null])))
      expect(summary(step)).toBe(answer(question, (asked) => asked))
    }
  })
})

describe('a long chain', { timeout: 60_000 }, () => {
  const LENGTH = 1_000
  const links = (end: string) =>
    Array.from({ length: LENGTH }, (_, link) => `p${link} 1.0.0: ${link + 1 < LENGTH ? `p${link + 1} ^1.0.0` : end}`)

  it('of packages is resolved to its end', () => {
    const outcome = solveWorld(worldOf(['root: p0 ^1.0.0', ...links('')].join('\n')))
    expect(outcome.type === 'solved' && outcome.solution.packages.size).toBe(LENGTH)
  })

  it('of packages that leads nowhere is explained from end to end', () => {
    const explanation = written(solveWorld(worldOf(['root: p0 ^1.0.0', ...links('lost *')].join('\n'))))
    expect(explanation.split('\n')).toHaveLength(1)
    expect(explanation).toMatch(
      /^Because your project depends on p0 .* needs lost \(by way of p1, p2, .* and 899 more\), and /,
    )
    expect(explanation).toMatch(/there is no package named lost, no choice of versions works\.$/)
  })
})

/** Resolves a universe, answering only the requested names that `portion` picks. */
function answer(question: Universe, portion: (names: readonly PackageName[]) => readonly PackageName[]): string {
  const solver = createSolver(problemOf(question))
  let step = solver.step()
  while (step.type === 'need' || step.type === 'pause') {
    const names = step.type === 'need' ? portion(step.names) : []
    step = solver.step(new Map(names.map((name) => [name, documentOf(question, name)])))
  }
  return summary(step)
}

function summary(outcome: Outcome): string {
  return outcome.type === 'unsolvable'
    ? explain(outcome.failure)
    : JSON.stringify({ ...outcome, text: written(outcome) })
}

/** Returns the same universe with every map except the root's in another order. */
function shuffledKeys(question: Universe, chance: Chance): Universe {
  const shuffled = <T>(map: Readonly<Record<string, T>>) => Object.fromEntries(chance.shuffled(Object.entries(map)))
  const universe = Object.fromEntries(
    chance
      .shuffled(Object.entries(question.universe))
      .map(([name, versions]) => [
        name,
        Object.fromEntries(
          chance.shuffled(Object.entries(versions)).map(([version, deps]) => [version, shuffled(deps)]),
        ),
      ]),
  )
  return {
    ...question,
    universe,
    locked: shuffled(question.locked ?? {}),
    overrides: shuffled(question.overrides ?? {}),
  }
}

function expectSolved(solver: ReturnType<typeof createSolver>, documents: World['documents']) {
  let step = solver.step()
  while (step.type === 'need') {
    step = solver.step(
      new Map(step.names.map((name): [PackageName, PackageDocument | null] => [name, documents.get(name) ?? null])),
    )
  }
  if (step.type !== 'solved') throw new Error(`ended as ${step.type}`)
  return step.solution
}
