import { describe, expect, it } from 'vitest'
import type { Universe } from '../../src/resolver/api.ts'
import { resolveUniverse } from '../../src/resolver/api.ts'
import { Chance } from './chance.ts'
import { Oracle } from './oracle.ts'

/** Fresh worlds each day; CPM_SEED=<number> takes those of another day again. */
const SEED = Number(process.env.CPM_SEED ?? Math.floor(Date.now() / 86_400_000))
const UNIVERSES = Number(process.env.CPM_UNIVERSES ?? 2000)

const VERSIONS = [
  '0.1.0',
  '0.1.1',
  '0.2.0',
  '1.0.0',
  '1.1.0',
  '1.2.0-rc.1',
  '1.2.0',
  '2.0.0-beta.1',
  '2.0.0',
  '2.1.0',
  '3.0.0',
]
const RANGES = [
  ...['*', '^1.0.0', '^2.0.0', '~1.1.0', '>=1.1.0', '<2.0.0', '2.0.0', '^0.1.0', '~0.1.0', '>=1.2.0-rc.0', '1.x'],
  ...['^2.0.0-beta.0', '1.0.0 || 3.0.0', '>=0.1.0 <1.0.0', '^9.0.0', '>1.0.0 <=2.0.0'],
]

/** From a few packages that hardly touch each other to many that are tied to one another, some of them nowhere to be found. */
function randomUniverse(seed: number): Universe {
  const chance = new Chance(seed)
  const names = Array.from({ length: 2 + chance.below(9) }, (_, index) =>
    index % 4 === 3 ? `@x/p${index}` : `p${index}`,
  )
  const reachable = chance.happens(0.1) ? [...names, 'lost'] : names
  const most = 1 + chance.below(4)
  const ranges = chance.shuffled(RANGES).slice(0, 2 + chance.below(RANGES.length - 1))
  const demands = (count: number) =>
    Object.fromEntries(
      chance
        .shuffled(reachable)
        .slice(0, count)
        .map((name) => [name, chance.pick(ranges)]),
    )
  const universe = Object.fromEntries(
    names.map((name) => {
      const versions = VERSIONS.filter(() => chance.happens(0.5))
      return [name, Object.fromEntries(versions.map((version) => [version, demands(chance.below(most + 1))]))]
    }),
  )
  const someOf = (name: string) => Object.keys(universe[name] ?? {}).filter(() => chance.happens(0.3))
  return {
    universe,
    root: demands(1 + chance.below(4)),
    ...(chance.happens(0.3) && { yanked: Object.fromEntries(names.map((name) => [name, someOf(name)])) }),
    ...(chance.happens(0.15) && { overrides: demands(1) }),
  }
}

const names = (text: string, all: readonly string[]) =>
  all.filter((name) => new RegExp(`(?:^|[^\\w@/.-])${name}(?:$|[^\\w/-])`).test(text))

describe(`fresh random universes (CPM_SEED=${SEED})`, { timeout: 300_000 }, () => {
  it('are solved exactly where a SAT solver finds them solvable, with the newest direct dependencies it finds', () => {
    let solved = 0
    for (let index = 0; index < UNIVERSES; index++) {
      const seed = SEED * 100_000 + index
      const universe = randomUniverse(seed)
      const oracle = new Oracle(universe)
      const answer = resolveUniverse(universe)
      expect('solution' in answer, `universe ${seed}`).toBe(oracle.isSolvable)
      if (!('solution' in answer)) continue
      solved++
      expect(isValid(universe, answer.solution), `universe ${seed}`).toBe(true)
      expect(answer.solution, `universe ${seed}`).toMatchObject(oracle.newest())
    }
    expect(solved).toBeGreaterThan(UNIVERSES / 5)
    expect(solved).toBeLessThan((UNIVERSES * 4) / 5)
  })

  it('that are unsolvable are told with a reason that is one, of which no package can be left out, and with fixes that work', () => {
    let told = 0
    let fixed = 0
    for (let index = 0; told < UNIVERSES / 10 && index < UNIVERSES; index++) {
      const seed = SEED * 100_000 + index
      const universe = randomUniverse(seed)
      const answer = resolveUniverse(universe)
      if ('solution' in answer) continue
      told++
      expect(answer.explanation.split('\n').length, `universe ${seed}`).toBeLessThanOrEqual(40)
      const all = [...Object.keys(universe.universe), 'lost']
      const named = names(answer.explanation, all)
      expect(new Oracle(only(universe, named)).isSolvable, `universe ${seed}: ${answer.explanation}`).toBe(false)
      for (const name of named) {
        const others = named.filter((other) => other !== name)
        expect(
          new Oracle(only(universe, others)).isSolvable,
          `universe ${seed}: ${name} in ${answer.explanation}`,
        ).toBe(true)
      }
      for (const name of answer.fixes) {
        fixed++
        const { [name]: _, ...root } = universe.root
        const isHelped = [root, { ...universe.root, [name]: '*' }].some(
          (changed) => new Oracle({ ...universe, root: changed }).isSolvable,
        )
        expect(isHelped, `universe ${seed}: ${name}`).toBe(true)
      }
      const isFixable = Object.keys(universe.root).some((name) => {
        const { [name]: _, ...root } = universe.root
        return new Oracle({ ...universe, root }).isSolvable
      })
      expect(answer.fixes.length > 0, `universe ${seed}: a fix of one dependency`).toBe(isFixable)
    }
    expect(fixed).toBeGreaterThan(10)
  })
})

/** The universe as if only these packages counted. */
function only(question: Universe, kept: readonly string[]): Universe {
  const narrowed = (demands: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(demands).filter(([name]) => kept.includes(name)))
  const universe = Object.fromEntries(
    kept.flatMap((name) => {
      const versions = question.universe[name]
      return versions
        ? [
            [
              name,
              Object.fromEntries(Object.entries(versions).map(([version, demands]) => [version, narrowed(demands)])),
            ],
          ]
        : []
    }),
  )
  return { ...question, universe, root: narrowed(question.root) }
}

/** Whether a choice of versions is one: asked of the SAT solver, with every version but those taken out. */
function isValid(question: Universe, solution: Readonly<Record<string, string>>): boolean {
  const universe = Object.fromEntries(
    Object.entries(solution).map(([name, version]) => [
      name,
      { [version]: question.universe[name]?.[version] ?? { '': 'no such version' } },
    ]),
  )
  return new Oracle({ ...question, universe }).isSolvable
}
