import { expect, test } from 'vitest'
import { isReadOtherwise } from '../../src/core/print-yaml.ts'

test.each(['1', '1.', '1.5', '1_0.2', '.5', '1e5', '1.e5', '+.5e-3', '0755', '12:30:45', 'y', '~', '2026-11-30'])(
  '%s needs quotes to stay a string',
  (text) => {
    expect(isReadOtherwise(text)).toBe(true)
  },
)

// A form that matches digits in two ways takes minutes here, far beyond the time limit of a test.
test.each(['1', '1_', '1,', '.1', '1:1'])('a long hostile text of %j is tested in one pass', (part) => {
  expect(isReadOtherwise(`${part.repeat(200_000)}x`)).toBe(false)
})
