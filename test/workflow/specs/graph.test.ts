import { expect, test } from 'vitest'
import { findCycles } from '../../../src/workflow/specs/graph.ts'

/** `a<b,c` is a node a that depends on b and c. */
function cyclesOf(text: string): string[] {
  const nodes = text.split(' ').map((node) => {
    const [name = '', dependencies = ''] = node.split('<')
    return { name, dependencies: dependencies.split(',').filter(Boolean) }
  })
  return findCycles(nodes).map((cycle) => cycle.join(' '))
}

test.each([
  ['a b<a c<a d<b,c', []],
  ['a<b b<a', ['a b']],
  ['a b<c c<d d<b e<d', ['b c d']],
  ['a<b b<a c<d d<c', ['a b', 'c d']],
  ['a<a', []],
  ['a<nobody', []],
])('in %s', (text, cycles) => {
  expect(cyclesOf(text)).toEqual(cycles)
})

test('follows a chain of a hundred thousand nodes', () => {
  const nodes = Array.from({ length: 100_000 }, (_, i) => ({ name: `n${i}`, dependencies: [`n${i + 1}`] }))
  expect(findCycles(nodes)).toEqual([])
})
