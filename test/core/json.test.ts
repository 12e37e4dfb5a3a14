import { describe, expect, test } from 'vitest'
import { readJson } from '../../src/core/json.ts'
import { decodeText } from '../../src/core/text.ts'
import { readYaml } from '../../src/core/yaml.ts'

const latin1 = (text: string) => Buffer.from(text, 'latin1')

function placeOf(read: ReturnType<typeof readJson> | ReturnType<typeof decodeText>): string {
  return 'fault' in read ? `${read.fault.line}:${read.fault.column} ${read.fault.message}` : 'read'
}

describe('JSON', () => {
  test.each([
    '{}',
    ' [1, -0.5e+3, "a\\n\\u00e9", true, null, {"a": {"a": []}}]\n',
    '"\\ud83d\\ude00"',
    '[{"k":1},{"k":2}]',
    `${'['.repeat(32)}${']'.repeat(32)}`,
  ])('is read like any other reader would: %j', (text) => {
    expect(readJson(Buffer.from(text))).toEqual({ value: JSON.parse(text) as unknown })
  })

  test.each([
    ['a duplicate key', '{"a": 1,\n  "b": 2, "a": 3}', '2:11 duplicate key "a"'],
    ['a duplicate key with an escape', '{"a": 1, "\\u0061": 3}', '1:10 duplicate key "a"'],
    ['a nested duplicate key', '[{"x": {"y": 1, "y": 1}}]', '1:17 duplicate key "y"'],
    ['a lone surrogate', '{"a": "\\ud800"}', '1:7 a lone surrogate'],
    ['a lone surrogate in a key', '{"\\udc00": 1}', '1:2 a lone surrogate'],
    ['surrogates in the wrong order', '["\\udc00\\ud800"]', '1:2 a lone surrogate'],
    ['__proto__', '{"__proto__": 1}', '1:2 the key __proto__'],
    ['__proto__ with an escape', '{"\\u005f_proto__": 1}', '1:2 the key __proto__'],
    ['a byte order mark', '\uFEFF{}', '1:1 a byte order mark'],
    ['a trailing comma', '[1,]', '1:4 is not valid JSON'],
    ['a missing comma', '[1 2]', '1:4 is not valid JSON'],
    ['a number with a leading zero', '[01]', '1:2 is not valid JSON'],
    ['an unknown escape', '["\\x"]', '1:3 is not valid JSON: unknown escape'],
    ['a newline in a string', '["a\nb"]', '1:4 is not valid JSON: control character'],
    ['text after the end', '{} {}', '1:4 is not valid JSON'],
    ['an unexpected end', '{"a": [', '1:8 is not valid JSON: it ends too early'],
    ['no content', '', '1:1 is not valid JSON: it ends too early'],
    ['nesting that is too deep', '['.repeat(100_000), '1:33 nested deeper than 32'],
  ])('with %s is refused with the place of the error', (_what, text, told) => {
    expect(placeOf(readJson(Buffer.from(text)))).toContain(told)
  })

  test('of a few megabytes is read quickly, even if it is one string', () => {
    const begun = performance.now()
    expect(placeOf(readJson(JSON.stringify({ a: '\\"'.repeat(2 ** 21) })))).toBe('read')
    expect(performance.now() - begun).toBeLessThan(5000)
  })
})

describe('text', () => {
  test.each([
    ['an invalid byte', latin1('a: 1\nb: \xff\n'), '2:4 invalid UTF-8'],
    ['a truncated character', latin1('é\xc3'), '1:'],
    ['an encoded surrogate', latin1('ab\xed\xa0\x80'), '1:3 invalid UTF-8'],
    ['an overlong form', latin1('ab\xc0\xaf'), '1:3 invalid UTF-8'],
    ['UTF-16', Buffer.from('\uFEFFa: 1', 'utf16le'), '1:1 UTF-16 is not supported'],
    ['a byte order mark', Buffer.from('\uFEFFa: 1'), '1:1 a byte order mark'],
  ])('with %s is refused with the place of the error', (_what, bytes, told) => {
    expect(placeOf(decodeText(bytes))).toContain(told)
    const { problems } = readYaml('x.yaml', bytes)
    expect(problems.map(({ line, column, message }) => `${line}:${column} ${message}`).join('\n')).toContain(told)
  })

  test('may contain the replacement character, before and after an invalid byte', () => {
    expect(decodeText(Buffer.from('\uFFFD'))).toEqual({ text: '\uFFFD' })
    const bytes = Buffer.concat([Buffer.from('\uFFFDx'), Buffer.from([0xef, 0xbf]), Buffer.from('\uFFFD')])
    expect(placeOf(decodeText(bytes))).toContain('1:3 invalid UTF-8')
  })

  test.each(['a: "\\uD800"', 'a: "x\\uDC00y"', '"\\uD800": 1', '["\\uDC00"]'])(
    'with a lone surrogate is refused in YAML: %s',
    (text) => {
      expect(readYaml('x.yaml', text).problems[0]?.message).toContain('a lone surrogate')
    },
  )
})
