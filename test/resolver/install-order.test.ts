import { describe, expect, it } from 'vitest'
import { installOrder } from '../../src/resolver/install-order.ts'
import type { ChosenPackage } from '../../src/resolver/solution.ts'
import type { PackageName } from '../../src/schema/name.ts'
import { Chance } from './chance.ts'
import { solveWorld, worldOf } from './world.ts'

/** Returns the order of packages written as `a: b c`, with cycles in brackets. */
function orderOf(lines: readonly string[], chance?: Chance): string {
  const entries = lines.map((line): [PackageName, ChosenPackage] => {
    const [name = '', ...dependencies] = line.split(/:? /)
    return [name as PackageName, packageWith(chance === undefined ? dependencies : chance.shuffled(dependencies))]
  })
  const packages = new Map(chance === undefined ? entries : chance.shuffled(entries))
  return installOrder({ packages })
    .map(({ names, isCycle }) => (isCycle ? `[${names.join(' ')}]` : names.join(' ')))
    .join(' ')
}

function packageWith(dependencies: readonly string[]): ChosenPackage {
  const wants = dependencies.map((name) => ({
    name: name as PackageName,
    requirement: '*',
    optional: false,
    features: [],
  }))
  return { version: '1.0.0' as ChosenPackage['version'], dependencies: wants }
}

describe('the install order', () => {
  it('puts dependencies first', () => {
    expect(orderOf(['a: b c', 'b: d', 'c: d', 'd'])).toBe('d b c a')
  })

  it('sorts by name if nothing else decides', () => {
    expect(orderOf(['c', 'a', 'b'])).toBe('a b c')
  })

  it('puts packages in a cycle together', () => {
    expect(orderOf(['a: b', 'b: c d', 'c: b e', 'd', 'e'])).toBe('e d [b c] a')
  })

  it('finds cycles within cycles', () => {
    expect(orderOf(['a: b', 'b: a c', 'c: d', 'd: c', 'e: a e'])).toBe('[c d] [a b] [e]')
  })

  it("doesn't depend on the order of maps and lists", () => {
    const lines = ['a: b c', 'b: c d', 'c: a', 'd: e f', 'e: f', 'f', 'g: d a', 'h: h g']
    const usual = orderOf(lines)
    for (let seed = 0; seed < 50; seed++) expect(orderOf(lines, new Chance(seed))).toBe(usual)
  })

  it('is found for a solution', () => {
    const outcome = solveWorld(worldOf('root: a *\na 1.0.0: b *\nb 1.0.0: a *, c *\nc 1.0.0'))
    const order = outcome.type === 'solved' ? installOrder(outcome.solution) : []
    expect(order).toEqual([
      { names: ['c'], isCycle: false },
      { names: ['a', 'b'], isCycle: true },
    ])
  })

  it('follows a chain of any length', () => {
    const LENGTH = 20_000
    const lines = Array.from({ length: LENGTH }, (_, link) => `p${link}: p${link + 1}`)
    const order = orderOf([...lines, `p${LENGTH}`]).split(' ')
    expect(order).toHaveLength(LENGTH + 1)
    expect(order[0]).toBe(`p${LENGTH}`)
    expect(order.at(-1)).toBe('p0')
  })
})
