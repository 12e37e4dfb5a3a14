import type { Universe } from '../../src/resolver/api.ts'
import { Chance } from './chance.ts'

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

/** Makes a few packages that hardly interact, or many that depend on each other, some of which don't exist. */
export function randomUniverse(seed: number): Universe {
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
