import { describe, expect, it } from 'vitest'
import type { Universe } from '../../src/resolver/api.ts'
import { type Question, resolve, resolveUniverse, type Source } from '../../src/resolver/api.ts'
import { Oracle } from './oracle.ts'
import { randomUniverse } from './random-universe.ts'

/** Every day has its own random universes; CPM_SEED=<number> repeats those of another day. */
const SEED = Number(process.env.CPM_SEED ?? Math.floor(Date.now() / 86_400_000))
const UNIVERSES = Number(process.env.CPM_UNIVERSES ?? 2000)

const names = (text: string, all: readonly string[]) =>
  all.filter((name) => new RegExp(`(?:^|[^\\w@/.-])${name}(?:$|[^\\w/-])`).test(text))

describe(`fresh random universes (CPM_SEED=${SEED})`, { timeout: 300_000 }, () => {
  it('are solved exactly if a SAT solver finds them solvable, with the newest direct dependencies it finds', () => {
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

  it('are solved with the oldest versions if requested, and within a budget or not at all', async () => {
    const ends = { solved: 0, unsure: 0, exhausted: 0 }
    for (let index = 0; index < UNIVERSES / 5; index++) {
      const seed = SEED * 100_000 + index
      const universe = randomUniverse(seed)
      const oracle = new Oracle(universe)
      const lowest = await resolve({ ...questionOf(universe), resolution: 'lowest' }, sourceOf(universe))
      expect(lowest.type === 'solved', `universe ${seed}`).toBe(oracle.isSolvable)
      if (lowest.type === 'solved') {
        expect(isValid(universe, lowest.packages), `universe ${seed}`).toBe(true)
        expect(lowest.packages, `universe ${seed}`).toMatchObject(oracle.oldest())
      }
      const direct = await resolve({ ...questionOf(universe), resolution: 'lowest-direct' }, sourceOf(universe))
      if (direct.type === 'solved') expect(direct.packages, `universe ${seed}`).toMatchObject(oracle.oldest())

      const short = await resolve({ ...questionOf(universe), budget: 2 + (index % 60) }, sourceOf(universe))
      if (short.type === 'exhausted') ends.exhausted++
      else expect(short.type === 'solved', `universe ${seed}`).toBe(oracle.isSolvable)
      if (short.type !== 'solved') continue
      expect(isValid(universe, short.packages), `universe ${seed}`).toBe(true)
      ends[short.isNewest ? 'solved' : 'unsure']++
      if (short.isNewest) expect(short.packages, `universe ${seed}`).toMatchObject(oracle.newest())
    }
    expect(Math.min(ends.solved, ends.exhausted), JSON.stringify(ends)).toBeGreaterThan(0)
  })

  it('are solved even if the budget is too small for the newest versions, which is reported', async () => {
    let unsure = 0
    for (const seed of [8, 106, 142, 148]) {
      const universe = randomUniverse(seed)
      for (let budget = 4; budget < 80; budget += 2) {
        const answer = await resolve({ ...questionOf(universe), budget }, sourceOf(universe))
        if (answer.type !== 'solved') continue
        expect(isValid(universe, answer.packages), `universe ${seed}`).toBe(true)
        if (!answer.isNewest) unsure++
      }
    }
    expect(unsure).toBeGreaterThan(0)
  })

  it('that are unsolvable get a valid, minimal reason, and fixes that work', () => {
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

/** Reduces a universe to these packages. */
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

/** Returns whether a choice of versions is valid according to the SAT solver. */
function isValid(question: Universe, solution: Readonly<Record<string, string>>): boolean {
  const universe = Object.fromEntries(
    Object.entries(solution).map(([name, version]) => [
      name,
      { [version]: question.universe[name]?.[version] ?? { '': 'no such version' } },
    ]),
  )
  return new Oracle({ ...question, universe }).isSolvable
}

function questionOf({ root, locked = {}, overrides = {} }: Universe): Question {
  return { dependencies: dependenciesOf(root), locked, overrides }
}

function sourceOf({ universe, yanked = {} }: Universe): Source {
  const releasesOf = (name: string) =>
    Object.entries(universe[name] ?? {}).map(([version, demands]) => ({
      version,
      dependencies: dependenciesOf(demands),
      yanked: yanked[name]?.includes(version) === true,
    }))
  const read = (names: readonly string[]) =>
    new Map(names.map((name) => [name, Object.hasOwn(universe, name) ? releasesOf(name) : null]))
  return { read: (names) => Promise.resolve(read(names)) }
}

function dependenciesOf(demands: Readonly<Record<string, string>>) {
  return Object.entries(demands).map(([name, range]) => ({ name, range }))
}
