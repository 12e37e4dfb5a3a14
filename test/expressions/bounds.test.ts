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

/** A fifth of a workflow's budget, to be quick. */
const STEPS = 1_000_000

function compute(source: string): unknown {
  const expressions = new Expressions(new Scope(root).types, { maxSteps: STEPS })
  expect(expressions.check(source).problems).toEqual([])
  return expressions.evaluate(source, new Scope(root).bind(VALUES))
}

/**
 * An expression in which each name refers to the one before it several times: its value grows by that factor each time.
 */
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
  'an error that is ignored': 'range(3000).exists(a, range(3000).exists(b, a / 0 == b)) || true',
  'errors that are ignored': 'range(4500).exists(i, i / 0 == 1) || true',
  'a string that grows': grown(18, '"ab"', (x) => `${x} + ${x} + ${x}`, (x) => `size(${x})`), // prettier-ignore
  'a string that grows and is not read': grown(14, '"ab"', (x) => `${x} + ${x} + ${x}`, (x) => `[${x}].size()`), // prettier-ignore
  'a list that grows': grown(18, '[1]', (x) => `${x} + ${x} + ${x}`, (x) => `size(${x})`), // prettier-ignore
  'lists of lists, compared': grown(18, '[1]', (x) => `[${x}, ${x}, ${x}]`, (x) => `${x} == [${x}, ${x}][0]`), // prettier-ignore
  'lists of lists, as JSON': grown(18, '[1]', (x) => `[${x}, ${x}, ${x}]`, (x) => `json.encode(${x})`), // prettier-ignore
  'lists of lists, as a string': grown(18, '[1]', (x) => `[${x}, ${x}, ${x}]`, (x) => `"%s".format([${x}])`), // prettier-ignore
  'lists of lists, taken apart': grown(18, '[1]', (x) => `[${x}, ${x}, ${x}]`, (x) => `${x}.flatten(100).size()`), // prettier-ignore
  'a string replaced by itself': 'inputs.text.replace("a", inputs.text)',
  'nothing replaced by much': 'inputs.text.replace("", inputs.text)',
  'a long separator': 'inputs.text.split("").join(inputs.text)',
  'a string split repeatedly': 'range(3000).map(i, inputs.text.split(""))',
  'a string searched repeatedly': 'range(3000).map(i, inputs.text.indexOf("b"))',
  'a string measured repeatedly': 'range(3000000).all(i, size(inputs.text) > i)',
  'a map iterated repeatedly': 'cel.bind(m, range(3000).transformMap(i, x, x), range(3000).all(i, m.exists(k, true)))',
  'items compared with all others': 'range(3000).map(i, [i]).distinct()',
  'a large pattern, repeated': 'inputs.text.matches("(?:[a-z][a-z][a-z][a-z][a-z][a-z]){1000}")',
  'a pattern that keeps many states': 'inputs.text.matches("[ab]*a[ab]{200}$")',
  'a string matched repeatedly': 'range(3000).exists(i, inputs.text.matches("b$"))',
  'many patterns': 'range(3000).exists(i, "b".matches("^(a|b|c|d|e)*" + string(i)))',
}

describe('D08 stops expensive expressions before they allocate memory', () => {
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
])('patterns that take forever elsewhere are computed: %s', (source, expected) => {
  expect(compute(source)).toBe(expected)
})

test.each([
  ['"x".matches("a{2,1}")', /invalid regular expression/],
  ['"x".matches("(")', /invalid regular expression/],
  ['"x".matches("(a)\\\\1")', /invalid regular expression/],
  ['"x".matches("(?=a)")', /invalid regular expression/],
  ['double(inputs.text)', 'not a number'],
  ['"%.999f".format([1.0])', 'the precision exceeds 100'],
  ['semver.compare(inputs.text, "1.0.0")', 'not a version'],
  ['semver.satisfies("1.0.0", inputs.text)', 'not a version range'],
  ['duration("99999999999h")', 'longer than 292 years'],
  ['9223372036854775807 + 1', 'not a 64-bit integer'],
  ['9223372036854775807 * 9223372036854775807', 'not a 64-bit integer'],
  ['[1, 2].map(x, [x][5])', 'none at index 5'],
  ['json.encode({1: 1, "1": 2})', 'equal as strings'],
  ['json.encode([b"a"])', "bytes can't be encoded as JSON"],
  ['{dyn(1.5): 1}', 'not double'],
  ['string(b"\\377")', 'not UTF-8'],
])("reports what can't be computed: %s", (source, message) => {
  expect(() => compute(source)).toThrow(ExpressionError)
  expect(() => compute(source)).toThrow(message)
})

test('an expression leaves the rest of the budget to the next one', () => {
  const expressions = new Expressions(new Scope(root).types, { maxSteps: 3000 })
  const values = new Scope(root).bind(VALUES)
  expect(expressions.evaluate('size(range(2000))', values)).toBe(2000n)
  expect(() => expressions.evaluate('size(range(2000))', values)).toThrow('it computes too much')
})

test('a pattern costs the same whatever ran before', () => {
  const steps = (maxSteps: number) => () => {
    const expressions = new Expressions(new Scope(root).types, { maxSteps })
    return expressions.evaluate('"b".matches("^b$")', new Scope(root).bind(VALUES))
  }
  expect(steps(1210)()).toBe(true)
  expect(steps(1190)).toThrow('it computes too much')
  expect(steps(1210)()).toBe(true)
})

describe('the size of an expression is limited', () => {
  const cases: Record<string, readonly [source: string, message: string]> = {
    brackets: ['['.repeat(200) + ']'.repeat(200), 'the expression is nested deeper than 50'],
    parentheses: ['('.repeat(200) + '1' + ')'.repeat(200), 'the expression is nested deeper than 50'],
    fields: ['inputs' + '.a'.repeat(200), 'the expression is nested deeper than 50'],
    'a sum': [Array.from({ length: 700 }, () => '1').join('+'), 'the expression has more than 1000 parts'],
    negations: ['!'.repeat(2000) + 'true', 'the expression has more than 1000 parts'],
    'a list': [`[${'1,'.repeat(300)}]`, 'a list has more than 200 items'],
    'a map': [`{${Array.from({ length: 250 }, (_, i) => `${i}:1`).join()}}`, 'a map has more than 200 entries'],
    arguments: [`math.greatest(${'1,'.repeat(20)}1)`, 'a call has more than 16 arguments'],
    'a text': [`"${'a'.repeat(3000)}"`, 'the expression is longer than 2048 characters'],
  }
  test.each(Object.entries(cases))('%s', (_, [source, message]) => {
    expect(new Expressions(new Scope(root).types).check(source).problems).toMatchObject([{ message }])
  })
})

describe('D07 never reaches what JavaScript objects inherit', () => {
  const names = ['constructor', '__proto__', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__']

  test.each(names)('%s is neither an input nor a method, function or variable', (name) => {
    const check = (source: string) => new Expressions(new Scope(root).types).check(source).problems
    for (const source of [`inputs.${name}`, `inputs["${name}"]`, `pkg.${name}`, `inputs.text.${name}`, name])
      expect(check(source)).not.toEqual([])
    for (const source of [`inputs.text.${name}()`, `${name}(1)`, `math.${name}(1)`, `[1].${name}(x, x)`])
      expect(check(source)).not.toEqual([])
  })

  test.each(names)('%s is not a key of untyped data', (name) => {
    expect(compute(`"${name}" in inputs.labels`)).toBe(false)
    expect(compute(`inputs.labels[?"${name}"].hasValue()`)).toBe(false)
    expect(() => compute(`inputs.labels["${name}"]`)).toThrow('has no value')
    expect(() => compute(`dyn([1])["${name}"]`)).toThrow('a list index must be an integer')
    expect(() => compute(`dyn("text")["${name}"]`)).toThrow('string has no fields or items')
  })

  test('a key with such a name is an ordinary key', () => {
    expect(compute('{"__proto__": 1, "constructor": 2}["__proto__"]')).toBe(1n)
    expect(compute('["constructor"].transformMapEntry(i, x, {x: i})["constructor"]')).toBe(0n)
  })
})

test('the same values yield the same result, whatever the locale and time zone', () => {
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
