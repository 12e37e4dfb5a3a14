import { expect, test } from 'vitest'
import { exactJson, floatOf, parseLosslessJson } from '../../src/core/exact-json.ts'

test.each([
  ...[
    '12345678901234567890',
    '-9007199254740993',
    '1.0',
    '1.10',
    '1e3',
    '1E+2',
    '-0',
    '-0.0',
    '1e400',
    '0.1',
    '12',
    '0',
  ],
  ...[
    '3.141592653589793238462643',
    '{"a":[1.0,{"b":2.50}]}',
    '["1.0","\\"1.0",-1.0]',
    '"12345678901234567890"',
    '[12,"\\"99999999999999999"]',
  ],
])('%s survives a round trip unchanged', (text) => {
  expect(exactJson(parseLosslessJson(text))).toBe(text)
})

test.each(['01', '+1', '1.', '.5', 'NaN', 'Infinity', '-', '[1.0', '{"a":1.0,}', '1.0.0', '0x10', '1e'])(
  '%s is rejected as JSON',
  (text) => {
    expect(() => parseLosslessJson(text)).toThrow(SyntaxError)
  },
)

test('deep nesting is refused before it overflows the stack', () => {
  expect(() => parseLosslessJson('['.repeat(100_000))).toThrow('nested deeper than 500')
})

test('a float stays a float, even after passing through another thread', () => {
  expect(exactJson(structuredClone({ a: floatOf(3), b: floatOf(2.5), c: 3, d: floatOf(1e21) }))).toBe(
    '{"a":3.0,"b":2.5,"c":3,"d":1e+21}',
  )
})
