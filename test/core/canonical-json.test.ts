import { describe, expect, test } from 'vitest'
import { CpmError } from '../../src/core/errors.ts'
import { canonicalJson, parseCanonicalJson, parseJson, readableJson } from '../../src/core/canonical-json.ts'

function accepts(bytes: string | Uint8Array): boolean {
  try {
    parseCanonicalJson(bytes)
    return true
  } catch (error) {
    expect(error).toBeInstanceOf(Error)
    return false
  }
}

describe('canonical JSON', () => {
  test('has sorted keys and no white space', () => {
    expect(canonicalJson({ b: 1, a: [true, null, 'x', { d: {}, c: [] }] })).toBe(
      '{"a":[true,null,"x",{"c":[],"d":{}}],"b":1}',
    )
    expect(canonicalJson({ 10: 1, 9: 2, a: 3, A: 4, _: 5 })).toBe('{"10":1,"9":2,"A":4,"_":5,"a":3}')
    expect(canonicalJson({ there: 1, absent: undefined })).toBe('{"there":1}')
  })

  test('sorts keys by UTF-16 code units, as RFC 8785 does', () => {
    const object = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 }
    expect(Object.keys(JSON.parse(canonicalJson(object)) as object)).toEqual([
      '1',
      '\r',
      '\u0080',
      '\u00f6',
      '\u20ac',
      '\ud83d\ude00',
      '\ufb33',
    ])
  })

  test('survives a round trip', () => {
    const value = {
      text: '"\\/\b\f\n\r\t\u0001ü😀',
      numbers: [0, -1, 2 ** 53 - 1, -(2 ** 53 - 1)],
      nothing: null,
      list: [[]],
    }
    expect(parseCanonicalJson(canonicalJson(value))).toEqual(value)
    expect(parseCanonicalJson(Buffer.from(canonicalJson(value)))).toEqual(value)
  })

  test('D02 refuses every other spelling of a value', () => {
    const other = [
      ...[
        '',
        ' {}',
        '{} ',
        '{}\n',
        '{ }',
        '[1, 2]',
        '{"a": 1}',
        '{"b":1,"a":2}',
        '{"a":1,"a":1}',
        '{"a":1,"\\u0061":2}',
      ],
      ...['1.0', '1e0', '1E2', '-0', '01', '+1', '0x1', '1.5', '9007199254740992', '1e400', 'NaN', 'Infinity', '"\\/"'],
      ...[
        '"\\u0061"',
        '"\\u00e9"',
        '"\\u001F"',
        '"\\u0008"',
        "'a'",
        '[1,]',
        '{"a":1,}',
        '// x\n1',
        '\ufeff{}',
        'nul',
        '"\t"',
      ],
      ...['{a:1}', '"', '[', '{"a"}', '[]]', '1 2', '\u00a01'],
    ]
    for (const text of other) expect(accepts(text), JSON.stringify(text)).toBe(false)
  })

  test('has one spelling where JavaScript would write another', () => {
    // JavaScript keeps keys that are numbers in numerical order.
    expect(accepts('{"10":1,"9":2}')).toBe(true)
    expect(accepts('{"9":2,"10":1}')).toBe(false)
    // A backslash before the letters of an escaped surrogate is not one.
    expect(accepts(String.raw`{"a":"\\ud800"}`)).toBe(true)
    expect(accepts(String.raw`{"\\udc00":1}`)).toBe(true)
    expect(accepts(String.raw`{"a":["\ud83d\ude00"]}`)).toBe(false)
    expect(accepts('{"a":{"b":[1.5]}}')).toBe(false)
    expect(accepts('{"a":[{"b":1,"a":1}]}')).toBe(false)
    expect(accepts('{"a":[{"__proto__":1}]}')).toBe(false)
  })

  test('D02 refuses invalid UTF-8 and byte order marks', () => {
    const bytes = [
      [0x22, 0xff, 0x22],
      [0x22, 0xc3, 0x22],
      [0x22, 0xc0, 0x80, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
      [0xef, 0xbb, 0xbf, 0x31],
    ]
    for (const list of bytes) expect(accepts(Buffer.from(list)), String(list)).toBe(false)
  })

  test('D02 refuses a lone surrogate, which UTF-8 cannot encode', () => {
    expect(accepts('"\\ud800"')).toBe(false)
    expect(accepts('{"\\udc00":1}')).toBe(false)
  })

  test('B11 refuses the key __proto__, which some readers drop silently', () => {
    expect(accepts('{"__proto__":{"x":1}}')).toBe(false)
    expect(({} as Record<string, unknown>).x).toBeUndefined()
  })

  test('D02 refuses more than 32 levels', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    expect(accepts(nested(32))).toBe(true)
    expect(accepts(nested(33))).toBe(false)
    expect(accepts('['.repeat(1_000_000))).toBe(false)
    expect(accepts('{"a":'.repeat(1_000_000))).toBe(false)
    // Brackets in strings don't count.
    expect(accepts(JSON.stringify('['.repeat(100)))).toBe(true)
    expect(accepts(JSON.stringify('\\"[['.repeat(100)))).toBe(true)
  })

  test('refuses to write values that it cannot represent', () => {
    for (const value of [1.5, NaN, Infinity, 2 ** 53]) expect(() => canonicalJson({ value })).toThrow(TypeError)
  })
})

describe('JSON for people', () => {
  test('is sorted and indented, and keeps the order of lists', () => {
    expect(readableJson({ b: [2, 1], a: { d: 1, c: 2 } })).toBe(
      '{\n  "a": {\n    "c": 2,\n    "d": 1\n  },\n  "b": [\n    2,\n    1\n  ]\n}\n',
    )
  })

  test('names the file in read errors', () => {
    expect(parseJson(' {"a": 1}\n', 'LOCK_INVALID', 'colony.lock')).toEqual({ a: 1 })
    for (const text of ['', '{', 'x', '['.repeat(100_000), '['.repeat(33) + ']'.repeat(33)]) {
      try {
        parseJson(text, 'LOCK_INVALID', 'colony.lock')
        expect.unreachable()
      } catch (error) {
        if (!(error instanceof CpmError)) throw error
        expect(error.code).toBe('LOCK_INVALID')
        expect(error.message).toMatch(/^colony\.lock:1:\d+ (is not valid JSON|nested deeper)/)
      }
    }
  })
})
