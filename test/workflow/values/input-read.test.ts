import { expect, test } from 'vitest'
import { covers, inputsIn } from '../../../src/workflow/values/input-read.ts'

test.each([
  ['inputs.size', [['size', 0]]],
  ['1 + inputs.store.url.size()', [['store.url', 4]]],
  ['inputs["store"][\'url\'] + inputs.names[0].x', [['store.url', 0], ['names.[].x', 25]]], // prettier-ignore
  ['inputs.names.map(n, n + inputs.end)', [['names', 0], ['end', 24]]], // prettier-ignore
  ['has(inputs.a) ? inputs.?b : "inputs.c" + \'\\\'inputs.d\'', [['a', 4], ['b', 16]]], // prettier-ignore
  ['inputs', [['', 0]]],
  ['inputs[pkg.name]', [['', 0]]],
  ['d in inputs.datasets', [['datasets', 5]]],
  ['my.inputs.a + inputsx.b + xinputs.c', []],
])('finds the inputs that %j reads', (source, expected) => {
  expect(inputsIn(source).map(({ path, offset }) => [path.join('.'), offset])).toEqual(expected)
})

// With a backtracking pattern, these take minutes.
test.each(['inputs' + '.a'.repeat(1e5) + '(', '"'.repeat(1e5), 'inputs["'.repeat(1e4), "'\\".repeat(1e5)])(
  'reads a long hostile text in one pass (%#)',
  (text) => {
    expect(inputsIn(text).length).toBeLessThanOrEqual(1e4)
  },
)

test('reading a part of a value does not read the parts next to it', () => {
  expect(covers(['store'], ['store', 'url'])).toBe(true)
  expect(covers([], ['a'])).toBe(true)
  expect(covers(['names', '[]', 'x'], ['names', 3, 'x'])).toBe(true)
  expect(covers(['store', 'url'], ['store', 'token'])).toBe(false)
  expect(covers(['store', 'url'], ['store'])).toBe(false)
})
