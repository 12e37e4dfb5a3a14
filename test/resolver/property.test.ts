import semver from 'semver'
import { describe, expect, it } from 'vitest'
import type { Candidate } from '../../src/core/ports.ts'
import type { Solution } from '../../src/resolver/solution.ts'
import type { Dependency } from '../../src/schema/dependency.ts'
import type { PackageName } from '../../src/schema/name.ts'
import type { Version } from '../../src/schema/version.ts'
import { Chance } from './chance.ts'
import { allChoices, faultsOf } from './checker.ts'
import { solveWorld, type World } from './world.ts'

const WORLDS = 600
const NAMES = ['a', 'b', 'c', 'd', 'e', '@x/f'] as PackageName[]
const VERSIONS = ['1.0.0', '1.1.0', '2.0.0-rc.1', '2.0.0', '3.0.0'] as Version[]
const RANGES = ['*', '^1.0.0', '^2.0.0', '>=1.1.0', '<2.0.0', '2.0.0', '>=2.0.0-rc.0', '^9.0.0', '1.0.0 || 3.0.0']
const FEATURES = ['fast', 'small']

function randomDependencies(chance: Chance, most: number, optional: number): Dependency[] {
  return chance
    .shuffled([...NAMES, 'lost' as PackageName])
    .slice(0, chance.below(most + 1))
    .filter((name) => name !== 'lost' || chance.happens(0.2))
    .map((name) => ({
      name,
      requirement: chance.pick(RANGES),
      optional: chance.happens(optional),
      features: FEATURES.filter(() => chance.happens(optional / 2)),
    }))
}

function randomWorld(seed: number, { optional = 0 } = {}): World {
  const chance = new Chance(seed)
  const documents = NAMES.map((name) => {
    const candidates = VERSIONS.filter(() => chance.happens(0.6)).map((version): Candidate => {
      const dependencies = randomDependencies(chance, 3, optional)
      const mayBeNamed = dependencies.filter((dependency) => dependency.optional).map((dependency) => dependency.name)
      const features = Object.fromEntries(
        FEATURES.map((feature) => [feature, mayBeNamed.filter(() => chance.happens(0.4))]),
      )
      return { version, dependencies, features, conditions: {}, yanked: chance.happens(0.1) }
    })
    return [name, { name, candidates }] as const
  })
  const some = <T>(values: readonly T[], probability: number) =>
    new Map(NAMES.filter(() => chance.happens(probability)).map((name) => [name, chance.pick(values)]))
  return {
    problem: {
      dependencies: randomDependencies(chance, 4, optional),
      locked: chance.happens(0.3) ? some(VERSIONS, 0.5) : new Map(),
      overrides: chance.happens(0.2) ? some(RANGES, 0.2) : new Map(),
    },
    documents: new Map(documents),
  }
}

// Less than a second in total; the limit leaves room for a busy machine.
describe('in small random worlds', { timeout: 60_000 }, () => {
  it('finds a valid solution exactly if there is one', () => {
    let solved = 0
    for (let seed = 0; seed < WORLDS; seed++) {
      const world = randomWorld(seed)
      const outcome = solveWorld(world)
      const isSolvable = allChoices(world, world.problem.dependencies).next().done !== true
      expect(outcome.type, `seed ${seed}`).toBe(isSolvable ? 'solved' : 'unsolvable')
      if (outcome.type !== 'solved') continue
      solved++
      expect(faultsOf(world, outcome.solution), `seed ${seed}`).toEqual([])
    }
    expect(solved).toBeGreaterThan(WORLDS / 5)
    expect(solved).toBeLessThan((WORLDS * 4) / 5)
  })

  it('gives each direct dependency the newest version that those declared before it allow', () => {
    for (let seed = 0; seed < WORLDS; seed++) {
      const unlocked = randomWorld(seed)
      const world = { ...unlocked, problem: { ...unlocked.problem, locked: new Map() } }
      const outcome = solveWorld(world)
      if (outcome.type !== 'solved') continue
      let choices = [...allChoices(world, world.problem.dependencies)]
      for (const { name } of world.problem.dependencies) {
        const newest = semver.maxSatisfying(
          choices.map((choice) => choice.get(name)?.version ?? ''),
          '*',
          { includePrerelease: true },
        )
        expect(outcome.solution.packages.get(name)?.version, `seed ${seed}, ${name}`).toBe(newest)
        choices = choices.filter((choice) => choice.get(name)?.version === newest)
      }
    }
  })

  it('changes as few locked packages as possible', () => {
    let kept = 0
    for (let seed = 0; seed < WORLDS; seed++) {
      const chance = new Chance(seed)
      const world = randomWorld(seed)
      // In a realistic lock, most versions were compatible once.
      const versions = NAMES.flatMap((name) => {
        const candidates = world.documents.get(name)?.candidates ?? []
        return candidates.length > 0 && chance.happens(0.7) ? [[name, chance.pick(candidates).version] as const] : []
      })
      const locked = new Map(versions)
      const problem = { ...world.problem, locked }
      const outcome = solveWorld({ ...world, problem })
      if (outcome.type !== 'solved') continue
      const changes = (choice: ReadonlyMap<PackageName, { version: Version }>) =>
        [...choice].filter(([name, { version }]) => locked.has(name) && locked.get(name) !== version).length
      const fewest = Math.min(...[...allChoices({ ...world, problem }, problem.dependencies)].map(changes))
      expect(changes(outcome.solution.packages), `seed ${seed}`).toBe(fewest)
      if (fewest > 0) kept++
    }
    expect(kept).toBeGreaterThan(20)
  })

  it('never lets an optional dependency change a required version', () => {
    for (let seed = 0; seed < WORLDS; seed++) {
      const world = randomWorld(seed, { optional: 0.4 })
      const withAll = solveWorld(world)
      const bare = solveWorld(withoutOptional(world))
      expect(withAll.type, `seed ${seed}`).toBe(bare.type)
      if (withAll.type !== 'solved' || bare.type !== 'solved') continue
      expect(faultsOf(world, withAll.solution), `seed ${seed}`).toEqual([])
      for (const [name, { version }] of bare.solution.packages) {
        expect(withAll.solution.packages.get(name)?.version, `seed ${seed}, ${name}`).toBe(version)
      }
    }
  })

  it('adds exactly the optional dependencies that are wanted and fit', () => {
    let left = 0
    for (let seed = 0; seed < WORLDS; seed++) {
      const world = randomWorld(seed, { optional: 0.4 })
      const outcome = solveWorld(world)
      if (outcome.type !== 'solved') continue
      const { packages } = outcome.solution
      const chosen = new Map<PackageName, Candidate>()
      for (const [name, { version }] of packages) {
        const candidate = world.documents.get(name)?.candidates.find((each) => each.version === version)
        if (candidate !== undefined) chosen.set(name, candidate)
      }
      for (const [name, candidate] of chosen) {
        for (const dependency of candidate.dependencies.filter(({ optional }) => optional)) {
          const isActive = packages.get(name)?.dependencies.includes(dependency) === true
          const isWanted = isWantedBy(candidate, dependency, featuresOf(world, outcome.solution, name))
          const couldFit = allChoices(world, [dependency], chosen).next().done !== true
          expect(isActive, `seed ${seed}, ${dependency.name} of ${name}`).toBe(isWanted && couldFit)
          if (isWanted && !isActive) left++
          if (isWanted && !isActive) expect([...outcome.solution.omitted.keys()]).toContain(dependency.name)
        }
      }
    }
    expect(left).toBeGreaterThan(0)
  })
})

function withoutOptional({ problem, documents }: World): World {
  const required = (dependencies: readonly Dependency[]) => dependencies.filter(({ optional }) => !optional)
  return {
    problem: { ...problem, dependencies: required(problem.dependencies) },
    documents: new Map(
      [...documents].map(([name, { candidates }]) => [
        name,
        { name, candidates: candidates.map((each) => ({ ...each, dependencies: required(each.dependencies) })) },
      ]),
    ),
  }
}

/** Returns the features that the active dependencies of a solution turn on in a package. */
function featuresOf({ problem }: World, { packages }: Solution, name: PackageName): Set<string> {
  const ofRoot = problem.dependencies.filter((dependency) => {
    const version = packages.get(dependency.name)?.version
    const range = problem.overrides.get(dependency.name) ?? dependency.requirement
    return !dependency.optional || (version !== undefined && semver.satisfies(version, range))
  })
  const edges = [...ofRoot, ...[...packages.values()].flatMap(({ dependencies }) => dependencies)]
  return new Set(edges.filter((edge) => edge.name === name).flatMap(({ features }) => features))
}

function isWantedBy({ features }: Candidate, { name }: Dependency, requested: ReadonlySet<string>): boolean {
  const naming = Object.keys(features).filter((feature) => features[feature]?.includes(name))
  return naming.length === 0 || naming.some((feature) => requested.has(feature))
}
