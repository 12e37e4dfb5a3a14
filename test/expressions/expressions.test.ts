import { expect, test } from 'vitest'
import { ExpressionError, Expressions } from '../../src/expressions/expressions.ts'
import { Scope } from '../../src/workflow/templates/scope.ts'
import type { Values } from '../../src/workflow/values/fit-value.ts'
import { shapeOf } from '../workflow/inputs.ts'

const root = shapeOf(
  'size',
  'ratio',
  'name',
  'constructor',
  'store.url',
  'store.token',
  'labels',
  'numbers',
  'datasets',
)
const VALUES: Values = {
  size: 300,
  ratio: 0.5,
  name: 'ada',
  store: { url: 'http://x' },
  labels: { team: 'blue', deep: { list: [1, 2.5] } },
  numbers: Array.from({ length: 3000 }, (_, i) => i),
  datasets: [
    { name: 'a', rows: 10 },
    { name: 'b', rows: 20 },
  ],
}

function expressions(options?: { maxSteps: number }): Expressions {
  return new Expressions(new Scope(root).types, options)
}

function compute(source: string): unknown {
  const all = expressions()
  expect(all.check(source).problems).toEqual([])
  const scope = { inputs: VALUES, pkg: { name: 'p', version: '1.0.0' }, release: { id: 'r1' } }
  return all.evaluate(source, new Scope(root).bind(scope))
}

function problemsOf(source: string): string[] {
  return expressions()
    .check(source)
    .problems.map(({ offset, message }) => `${offset}: ${message}`)
}

test.each([
  ['inputs.size / 100', 3n],
  // 2^53 + 1, which a double can't hold
  ['dyn(9007199254740993) == 9007199254740992.0', false],
  ['dyn(9007199254740992.0) == 9007199254740993', false],
  ['9007199254740993 > 9007199254740992.0', true],
  ['9007199254740992.0 < 9007199254740993u', true],
  ['9223372036854775807 < 9223372036854775808.0', true],
  ['dyn(9007199254740993) in [9007199254740992.0]', false],
  ['dyn(9007199254740992.0) in {9007199254740992: 1}', true],
  ['[dyn(1), 1.5, 1u].map(n, n < 1.25)', [true, false, true]],
  ['dyn(1) == 1.0 && dyn(1u) == 1.0 && dyn(0.0) == 0', true],
  ['inputs.ratio * 3.0', 1.5],
  ['inputs.name + "!"', 'ada!'],
  ['pkg.name + " " + pkg.version + " " + release.id', 'p 1.0.0 r1'],
  ['inputs.size > 100 && inputs.name.startsWith("a") ? "big" : "small"', 'big'],
  ['inputs.datasets.map(d, d.name).join(",")', 'a,b'],
  ['inputs.datasets.filter(d, d.rows > 10)[0].name', 'b'],
  ['inputs.datasets[1].rows + 1', 21n],
  ['size(inputs.datasets)', 2n],
  ['inputs.labels.deep.list[1]', 2.5],
  ['inputs["store"]["url"]', 'http://x'],
  ['has(inputs.constructor) ? inputs.constructor : "none"', 'none'],
  ['has(inputs.labels.team)', true],
  ['{"a": {"b": [1, "x"]}}["a"]["b"][1]', 'x'],
])('computes %s', (source, expected) => {
  expect(compute(source)).toEqual(expected)
})

test.each([
  ['inputs.sise', '7: there is no input sise; did you mean size?'],
  ['inputs.store.ur', '13: inputs.store has no field ur; did you mean url?'],
  ['inputs.datasets.map(d, d.nmae)', '25: d has no field nmae; did you mean name?'],
  ['has(inputs.nope)', '11: there is no input nope'],
  ['size("") + inptus.size', '11: there is no inptus here; did you mean inputs?'],
  ['name', '0: there is no name here; did you mean inputs.name?'],
  ['siz(inputs.name)', '0: there is no function siz; did you mean size?'],
  ['inputs.name.startWith("a")', '0: there is no method startWith; did you mean startsWith?'],
  ['inputs.size + inputs.name', '0: incompatible types: int + string; string(…) converts it to a string'],
  ['inputs.name ? 1 : 2', '7: the condition before ? must be bool, not string'],
  ['inputs.size +', '13: the expression is incomplete'],
  ['', '0: the expression is empty'],
])('finds what is wrong with %j before any value is known', (source, problem) => {
  expect(problemsOf(source)).toEqual([problem])
})

test.each(['inputs.store.token', 'inputs["store"]["token"]', 'inputs.datasets.map(x, x.pin)[0]'])(
  'types %j as a string: the reference of a secret',
  (source) => {
    expect(expressions().check(source)).toMatchObject({ type: { kind: 'string' }, problems: [] })
  },
)

test('finds several wrong names at once', () => {
  expect(problemsOf('inputs.a + inputs.b')).toEqual(['7: there is no input a', '18: there is no input b'])
})

test.each([
  'process.env.HOME',
  'env("HOME")',
  'readFile("/etc/passwd")',
  'now()',
  'google.protobuf.Timestamp',
  'inputs.__proto__',
  'inputs.prototype',
  'pkg.constructor("return process")()',
  'random()',
])('knows nothing of the machine: %s', (source) => {
  expect(problemsOf(source)).not.toEqual([])
})

test.each([
  'inputs.labels.__proto__',
  'inputs.labels.constructor',
  'inputs.labels.toString',
  'inputs.labels["valueOf"]',
])('does not reach what values inherit: %s', (source) => {
  expect(() => compute(source)).toThrow('has no value')
})

test('distinguishes an input without a value from an undeclared one', () => {
  expect(() => compute('inputs.constructor + "x"')).toThrow(
    'inputs.constructor has no value: set it, or check has(inputs.constructor) first',
  )
})

test.each(['inputs.size / 0', '[1][5]', 'int("x")', '9223372036854775807 + 1'])(
  "reports what can't be computed: %s",
  (source) => {
    expect(() => compute(source)).toThrow(ExpressionError)
  },
)

test.each([
  'inputs.numbers.map(a, inputs.numbers.map(b, b))',
  'inputs.numbers.exists(a, inputs.numbers.exists(b, inputs.numbers.exists(c, c == -1)))',
  'inputs.numbers.map(a, "0123456789").join().split("").map(x, "0123456789").join().split("").map(x, "0123456789").join().split("").map(x, "0123456789").join()',
])('stops what computes too much, long before the memory is full: %s', (source) => {
  expect(() => compute(source)).toThrow('it computes too much')
})

test('counts the work of all expressions together', () => {
  const all = expressions({ maxSteps: 20 })
  const values = new Scope(root).bind({ inputs: VALUES, pkg: { name: 'p', version: '1.0.0' }, release: { id: 'r' } })
  all.check('1 + 1')
  expect(() => {
    for (let i = 0; i < 20; i++) all.evaluate('1 + 1', values)
  }).toThrow('it computes too much')
})

test.each([
  '('.repeat(100) + '1' + ')'.repeat(100),
  '!'.repeat(2000) + 'true',
  `"${'a'.repeat(3000)}"`,
  '-'.repeat(1500) + '1',
])('bounds expressions themselves: %.20s', (source) => {
  expect(problemsOf(source)).toHaveLength(1)
})
