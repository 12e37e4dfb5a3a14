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
  ])('is read as every other reader does: %j', (text) => {
    expect(readJson(Buffer.from(text))).toEqual({ value: JSON.parse(text) as unknown })
  })

  test.each([
    ['a key twice', '{"a": 1,\n  "b": 2, "a": 3}', '2:11 the key "a" stands here again'],
    ['a key twice, once with an escape', '{"a": 1, "\\u0061": 3}', '1:10 the key "a" stands here again'],
    ['a key twice, deep', '[{"x": {"y": 1, "y": 1}}]', '1:17 the key "y"'],
    ['half of a surrogate pair', '{"a": "\\ud800"}', '1:7 half of a surrogate pair'],
    ['half of one in a key', '{"\\udc00": 1}', '1:2 half of a surrogate pair'],
    ['the halves in the wrong order', '["\\udc00\\ud800"]', '1:2 half of a surrogate pair'],
    ['__proto__', '{"__proto__": 1}', '1:2 the key __proto__'],
    ['__proto__ with an escape', '{"\\u005f_proto__": 1}', '1:2 the key __proto__'],
    ['a byte order mark', '\uFEFF{}', '1:1 a byte order mark'],
    ['a comma at the end', '[1,]', '1:4 not JSON'],
    ['a missing comma', '[1 2]', '1:4 not JSON'],
    ['a number with a zero before it', '[01]', '1:2 not JSON'],
    ['an escape that is none', '["\\x"]', '1:3 not JSON: an escape'],
    ['a line end in a text', '["a\nb"]', '1:4 not JSON: a control character'],
    ['something behind the end', '{} {}', '1:4 not JSON'],
    ['an end too early', '{"a": [', '1:8 not JSON: it ends too early'],
    ['nothing', '', '1:1 not JSON: it ends too early'],
    ['a nesting too deep', '['.repeat(100_000), '1:33 nested deeper than 32'],
  ])('with %s is refused with its place', (_what, text, told) => {
    expect(placeOf(readJson(Buffer.from(text)))).toContain(told)
  })

  test('of a few megabytes is read before long, also where it is one text', () => {
    const begun = performance.now()
    expect(placeOf(readJson(JSON.stringify({ a: '\\"'.repeat(2 ** 21) })))).toBe('read')
    expect(performance.now() - begun).toBeLessThan(5000)
  })
})

describe('text', () => {
  test.each([
    ['an invalid byte', latin1('a: 1\nb: \xff\n'), '2:4 a byte that is not UTF-8'],
    ['a character cut short', latin1('é\xc3'), '1:'],
    ['an encoded surrogate', latin1('ab\xed\xa0\x80'), '1:3 a byte'],
    ['an overlong form', latin1('ab\xc0\xaf'), '1:3 a byte'],
    ['UTF-16', Buffer.from('\uFEFFa: 1', 'utf16le'), '1:1 this is UTF-16'],
    ['a byte order mark', Buffer.from('\uFEFFa: 1'), '1:1 a byte order mark'],
  ])('with %s is refused with its place', (_what, bytes, told) => {
    expect(placeOf(decodeText(bytes))).toContain(told)
    const { problems } = readYaml('x.yaml', bytes)
    expect(problems.map(({ line, column, message }) => `${line}:${column} ${message}`).join('\n')).toContain(told)
  })

  test('may hold the replacement character itself, before and after a bad byte', () => {
    expect(decodeText(Buffer.from('\uFFFD'))).toEqual({ text: '\uFFFD' })
    const bytes = Buffer.concat([Buffer.from('\uFFFDx'), Buffer.from([0xef, 0xbf]), Buffer.from('\uFFFD')])
    expect(placeOf(decodeText(bytes))).toContain('1:3 a byte')
  })

  test.each(['a: "\\uD800"', 'a: "x\\uDC00y"', '"\\uD800": 1', '["\\uDC00"]'])(
    'with half of a surrogate pair is refused in YAML: %s',
    (text) => {
      expect(readYaml('x.yaml', text).problems[0]?.message).toContain('half of a surrogate pair')
    },
  )
})
