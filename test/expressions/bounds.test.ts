import { describe, expect, test } from 'vitest'
import { ExpressionError, Expressions } from '../../src/expressions/expressions.ts'
import { Scope } from '../../src/workflow/templates/scope.ts'
import { shapeOf } from '../workflow/inputs.ts'

const root = shapeOf('numbers', 'text', 'labels', 'note')
const VALUES = {
  inputs: { numbers: Array.from({ length: 3000 }, (_, i) => i), text: 'a'.repeat(100_000), labels: { team: 'blue' } },
  pkg: { name: 'p', version: '1.0.0' },
  release: { id: 'r1' },
}

/** A fifth of what a workflow has, to be quick. */
const STEPS = 1_000_000

function compute(source: string): unknown {
  const expressions = new Expressions(new Scope(root).types, { maxSteps: STEPS })
  expect(expressions.check(source).problems).toEqual([])
  return expressions.evaluate(source, new Scope(root).bind(VALUES))
}

/** An expression in which each name holds the one before it several times: its value grows with each by that factor. */
function grown(times: number, first: string, more: (name: string) => string, use: (name: string) => string): string {
  const names = Array.from({ length: times }, (_, i) => `x${i}`)
  const last = names.at(-1) ?? ''
  return names.reduceRight(
    (body, name, i) => `cel.bind(${name}, ${i === 0 ? first : more(names[i - 1] ?? '')}, ${body})`,
    use(last),
  )
}

const tooMuch: Record<string, string> = {
  'a range of a billion': 'size(range(1000000000))',
  'a range of everything': 'size(range(-9223372036854775807, 9223372036854775807))',
  'macros in macros': 'range(3000).map(a, range(3000).map(b, a * b)).size()',
  'macros that find nothing': 'range(2000).exists(a, range(2000).exists(b, range(2000).exists(c, a + b + c < 0)))',
  'an error that is passed over': 'range(3000).exists(a, range(3000).exists(b, a / 0 == b)) || true',
  'errors that are passed over': 'range(4500).exists(i, i / 0 == 1) || true',
  'a text that grows': grown(18, '"ab"', (x) => `${x} + ${x} + ${x}`, (x) => `size(${x})`), // prettier-ignore
  'a text that grows and is not looked at': grown(14, '"ab"', (x) => `${x} + ${x} + ${x}`, (x) => `[${x}].size()`), // prettier-ignore
  'a list that grows': grown(18, '[1]', (x) => `${x} + ${x} + ${x}`, (x) => `size(${x})`), // prettier-ignore
  'lists of lists, compared': grown(18, '[1]', (x) => `[${x}, ${x}, ${x}]`, (x) => `${x} == [${x}, ${x}][0]`), // prettier-ignore
  'lists of lists, as JSON': grown(18, '[1]', (x) => `[${x}, ${x}, ${x}]`, (x) => `json.encode(${x})`), // prettier-ignore
  'lists of lists, as a text': grown(18, '[1]', (x) => `[${x}, ${x}, ${x}]`, (x) => `"%s".format([${x}])`), // prettier-ignore
  'lists of lists, taken apart': grown(18, '[1]', (x) => `[${x}, ${x}, ${x}]`, (x) => `${x}.flatten(100).size()`), // prettier-ignore
  'a text replaced by itself': 'inputs.text.replace("a", inputs.text)',
  'nothing replaced by much': 'inputs.text.replace("", inputs.text)',
  'a long separator': 'inputs.text.split("").join(inputs.text)',
  'a text cut up again and again': 'range(3000).map(i, inputs.text.split(""))',
  'a text searched again and again': 'range(3000).map(i, inputs.text.indexOf("b"))',
  'a text measured again and again': 'range(3000000).all(i, size(inputs.text) > i)',
  'a map gone through again and again':
    'cel.bind(m, range(3000).transformMap(i, x, x), range(3000).all(i, m.exists(k, true)))',
  'items compared with all others': 'range(3000).map(i, [i]).distinct()',
  'a large pattern, repeated': 'inputs.text.matches("(?:[a-z][a-z][a-z][a-z][a-z][a-z]){1000}")',
  'a pattern that keeps many states': 'inputs.text.matches("[ab]*a[ab]{200}$")',
  'a text matched again and again': 'range(3000).exists(i, inputs.text.matches("b$"))',
  'many patterns': 'range(3000).exists(i, "b".matches("^(a|b|c|d|e)*" + string(i)))',
}

describe('stops what computes too much, before there is memory for it', () => {
  test.each(Object.entries(tooMuch))('%s', (_, source) => {
    const before = process.memoryUsage().rss
    expect(() => compute(source)).toThrow('it computes too much')
    expect(process.memoryUsage().rss - before).toBeLessThan(500 * 1024 * 1024)
  })
})

test.each([
  ['inputs.text.matches("(a+)+$")', true],
  ['inputs.text.matches("(a|aa)+b")', false],
  ['inputs.text.matches("^(a?){9}a{9}$")', false],
  ['(inputs.text + "b").matches("^(.*a){10}$")', false],
])('patterns that take for ever elsewhere are computed: %s', (source, expected) => {
  expect(compute(source)).toBe(expected)
})

test.each([
  ['"x".matches("a{2,1}")', /can’t be read/],
  ['"x".matches("(")', /can’t be read/],
  ['"x".matches("(a)\\\\1")', /can’t be read/],
  ['"x".matches("(?=a)")', /can’t be read/],
  ['double(inputs.text)', 'not a number'],
  ['"%.999f".format([1.0])', 'the precision is larger than 100'],
  ['semver.compare(inputs.text, "1.0.0")', 'not a version'],
  ['semver.satisfies("1.0.0", inputs.text)', 'not a range'],
  ['duration("99999999999h")', 'longer than 292 years'],
  ['9223372036854775807 + 1', 'not an integer of 64 bits'],
  ['9223372036854775807 * 9223372036854775807', 'not an integer of 64 bits'],
  ['[1, 2].map(x, [x][5])', 'there is none at 5'],
  ['json.encode({1: 1, "1": 2})', 'alike as texts'],
  ['json.encode([b"a"])', 'bytes can’t be written as JSON'],
  ['{dyn(1.5): 1}', 'not double'],
  ['string(b"\\377")', 'not a text in UTF-8'],
])('says what can’t be computed: %s', (source, message) => {
  expect(() => compute(source)).toThrow(ExpressionError)
  expect(() => compute(source)).toThrow(message)
})

test('the work of one expression is left to the next', () => {
  const expressions = new Expressions(new Scope(root).types, { maxSteps: 3000 })
  const values = new Scope(root).bind(VALUES)
  expect(expressions.evaluate('size(range(2000))', values)).toBe(2000n)
  expect(() => expressions.evaluate('size(range(2000))', values)).toThrow('it computes too much')
})

test('a pattern costs the same whatever was computed before', () => {
  const steps = (maxSteps: number) => () => {
    const expressions = new Expressions(new Scope(root).types, { maxSteps })
    return expressions.evaluate('"b".matches("^b$")', new Scope(root).bind(VALUES))
  }
  expect(steps(1210)()).toBe(true)
  expect(steps(1190)).toThrow('it computes too much')
  expect(steps(1210)()).toBe(true)
})

describe('an expression itself is bounded', () => {
  const cases: Record<string, readonly [source: string, message: string]> = {
    brackets: ['['.repeat(200) + ']'.repeat(200), 'it is nested deeper than 50'],
    parentheses: ['('.repeat(200) + '1' + ')'.repeat(200), 'it is nested deeper than 50'],
    fields: ['inputs' + '.a'.repeat(200), 'it is nested deeper than 50'],
    'a sum': [Array.from({ length: 700 }, () => '1').join('+'), 'it has more than 1000 parts'],
    negations: ['!'.repeat(2000) + 'true', 'it has more than 1000 parts'],
    'a list': [`[${'1,'.repeat(300)}]`, 'a list in it has more than 200 items'],
    'a map': [`{${Array.from({ length: 250 }, (_, i) => `${i}:1`).join()}}`, 'a map in it has more than 200 entries'],
    arguments: [`math.greatest(${'1,'.repeat(20)}1)`, 'a function in it has more than 16 arguments'],
    'a text': [`"${'a'.repeat(3000)}"`, 'the expression is longer than 2048 characters'],
  }
  test.each(Object.entries(cases))('%s', (_, [source, message]) => {
    expect(new Expressions(new Scope(root).types).check(source).problems).toMatchObject([{ message }])
  })
})

describe('never reaches what JavaScript’s objects inherit', () => {
  const names = ['constructor', '__proto__', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__']

  test.each(names)('%s is neither an input nor a method, function or variable', (name) => {
    const check = (source: string) => new Expressions(new Scope(root).types).check(source).problems
    for (const source of [`inputs.${name}`, `inputs["${name}"]`, `pkg.${name}`, `inputs.text.${name}`, name])
      expect(check(source)).not.toEqual([])
    for (const source of [`inputs.text.${name}()`, `${name}(1)`, `math.${name}(1)`, `[1].${name}(x, x)`])
      expect(check(source)).not.toEqual([])
  })

  test.each(names)('%s is no key of data without a shape', (name) => {
    expect(compute(`"${name}" in inputs.labels`)).toBe(false)
    expect(compute(`inputs.labels[?"${name}"].hasValue()`)).toBe(false)
    expect(() => compute(`inputs.labels["${name}"]`)).toThrow('has no value')
    expect(() => compute(`dyn([1])["${name}"]`)).toThrow('an index into a list is an integer')
    expect(() => compute(`dyn("text")["${name}"]`)).toThrow('string has no fields or items')
  })

  test('a key of such a name is a key like others', () => {
    expect(compute('{"__proto__": 1, "constructor": 2}["__proto__"]')).toBe(1n)
    expect(compute('["constructor"].transformMapEntry(i, x, {x: i})["constructor"]')).toBe(0n)
  })
})

test('the same values yield the same result, whatever the machine is set to', () => {
  const source =
    'json.encode([inputs.labels, "%f %e".format([1234567.891, 0.00001]), timestamp(0).getHours(), "ñ" < "z", ["b", "ä", "a"].sort(), "İI".lowerAscii()])'
  const zone = process.env.TZ
  const results = ['Asia/Kathmandu', 'America/New_York'].map((tz) => {
    process.env.TZ = tz
    return compute(source)
  })
  if (zone === undefined) delete process.env.TZ
  else process.env.TZ = zone
  expect(results[0]).toBe(results[1])
  expect(results[0]).toBe('[{"team":"blue"},"1234567.891000 1.000000e-05",0,false,["a","b","ä"],"İi"]')
})
