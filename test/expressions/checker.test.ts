import { describe, expect, test } from 'vitest'
import { Expressions } from '../../src/expressions/expressions.ts'
import { Scope } from '../../src/workflow/templates/scope.ts'
import { shapeOf } from '../workflow/inputs.ts'

const root = shapeOf('size', 'ratio', 'name', 'isBig', 'store.url', 'labels', 'any', 'datasets')
const expressions = new Expressions(new Scope(root, ['tools']).types)

function problemsOf(source: string): string[] {
  return expressions.check(source).problems.map(({ offset, message }) => `${offset}: ${message}`)
}

test.each([
  ['inputs.size', 'int'],
  ['inputs.ratio * 2.0', 'double'],
  ['inputs.name + "x"', 'string'],
  ['inputs.datasets', 'list<inputs.datasets[]>'],
  ['inputs.datasets[0]', 'inputs.datasets[]'],
  ['inputs.datasets.map(d, d.rows)', 'list<int>'],
  ['inputs.datasets.filter(d, d.rows > 1)[0].name', 'string'],
  ['inputs.datasets.map(d, {"n": d.name})', 'list<map<string, string>>'],
  ['inputs.datasets.transformMap(i, d, d.rows)', 'map<int, int>'],
  ['inputs.datasets.transformMapEntry(i, d, {d.name: i})', 'map<string, int>'],
  ['inputs.datasets.sortBy(d, d.name).first()', 'optional<inputs.datasets[]>'],
  ['inputs.datasets.first().name', 'optional<string>'],
  ['inputs.?name.orValue("x")', 'string'],
  ['inputs.?datasets[?0].?rows.orValue(0)', 'int'],
  ['inputs.any[0]', 'dyn'],
  ['inputs.labels.x', 'dyn'],
  ['inputs.labels.x + 1', 'int'],
  ['inputs.labels.x + inputs.any[0]', 'dyn'],
  ['[1, "a"]', 'list<dyn>'],
  ['[]', 'list<dyn>'],
  ['[] + [1]', 'list<int>'],
  ['inputs.isBig ? [] : ["a"]', 'list<string>'],
  ['inputs.isBig ? 1 : null', 'dyn'],
  ['{"a": inputs.store, "b": inputs.labels}', 'map<string, map<string, dyn>>'],
  ['range(3).map(i, range(i))', 'list<list<int>>'],
  ['inputs.labels.keys()', 'list<string>'],
  ['inputs.store.values()', 'list<dyn>'],
  ['math.greatest(1, inputs.size)', 'int'],
  ['math.greatest(1, 2.0)', 'dyn'],
  ['inputs.datasets.map(d, d.rows).sum()', 'int'],
  ['timestamp("2024-01-01T00:00:00Z") + duration("1h")', 'timestamp'],
  ['cel.bind(x, inputs.size, string(x))', 'string'],
  ['deps["tools"].version', 'string'],
  ['inputs.name in inputs.labels', 'bool'],
])('%s is of type %s', (source, name) => {
  expect(expressions.check(source)).toMatchObject({ problems: [], type: { name } })
})

describe('reports everything that is wrong with an expression at once', () => {
  test('in the order of appearance', () => {
    expect(problemsOf('inputs.sise + siz(inputs.nme) + inputs.name.startWith(x)')).toEqual([
      '7: there is no input sise; did you mean size?',
      '14: there is no function siz; did you mean size?',
      '25: there is no input nme; did you mean name?',
      '32: there is no method startWith; did you mean startsWith?',
      '54: there is no x here',
    ])
  })

  test('and not what follows from an earlier mistake', () => {
    expect(problemsOf('(inputs.nope + 1).foo[3] > 2 && inputs.nope2.size() == 1')).toHaveLength(2)
  })

  test('inside macros too', () => {
    expect(problemsOf('inputs.datasets.map(d, d.nme + d.rows.foo)')).toEqual([
      '25: d has no field nme; did you mean name?',
      '38: int has no fields: there is no foo',
    ])
  })
})

test.each([
  ['inputs.size * 1.5', '0: incompatible types: int * double; double(…) converts an int to a double'],
  ['"n" + inputs.size', '0: incompatible types: string + int; string(…) converts it to a string'],
  ['inputs.size == "1"', '0: incompatible types: int == string; string(…) converts it to a string'],
  ['inputs.size && true', '7: the left side of && must be bool, not int'],
  ['inputs.isBig ? 1 : "a"', '0: both sides of : must be of one type, not int and string'],
  ['-inputs.name', "0: - doesn't apply to string"],
  [
    'inputs.name.split(1)',
    '0: there is no string.split(int); there is string.split(string), string.split(string, int)',
  ],
  ['inputs.name.split()', '0: there is no string.split(); there is string.split(string), string.split(string, int)'],
  ['inputs.size.trim()', '0: there is no int.trim(); there is string.trim()'],
  ['size(1)', '0: there is no size(int); there is size(string), size(bytes), size(list<A>), size(map<A, B>)'],
  ['range(1, 2, 3)', '0: there is no range(int, int, int); there is range(int), range(int, int)'],
  ['math.cil(1.5)', '0: there is no function math.cil; did you mean math.ceil?'],
  ['trim(inputs.name)', '0: there is no function trim; it is a method: write value.trim(…)'],
  ['inputs.size.string()', '0: there is no method string; it is a function: string(…)'],
  ['map(inputs.any, 1)', '0: there is no function map; it is a method: write value.map(…)'],
  ['math.greatest("a")', '0: there is no math.greatest(string); there is math.greatest(A...)'],
  ['inputs.size.map(x, x)', '0: int is not a list or map'],
  ['inputs.any.map(1, 2)', '15: the first argument must be a variable name'],
  ['inputs.any.all(x)', '0: write list.all(x, condition) or list.all(i, x, condition)'],
  ['inputs.any.all(x)', '0: write list.all(x, condition) or list.all(i, x, condition)'],
  ['inputs.any.filter(x, 1)', '21: the condition must be bool, not int'],
  ['inputs.datasets.sortBy(d, d)', "26: values of type inputs.datasets[] can't be ordered"],
  ['inputs.datasets["a"]', '16: an index into list<inputs.datasets[]> must be int, not string'],
  ['inputs.name[0]', '0: string has no items'],
  ['inputs.name.first', '12: string has no fields: there is no first'],
  ['inputs.name.orValue("x")', '7: expected an optional value, not string'],
  ['inputs.?name.orValue(1)', '0: both must be of one type, not string and int'],
  ['has(inputs)', '0: write has(inputs.name)'],
  ['has(inputs.nme)', '11: there is no input nme; did you mean name?'],
  ['{1.5: 1}', '0: map keys must be strings, integers or booleans, not double'],
  ['deps["tool"].version', '5: deps has no field tool; did you mean tools?'],
  ['b"é"', '0: b"…" takes ASCII and escapes only; use bytes("…")'],
  ['9223372036854775808', '0: the number is not a 64-bit integer'],
  ['inputs.size +', '13: the expression is incomplete'],
  ['inputs.size @ 1', '12: unexpected character: @'],
])('%s: %s', (source, problem) => {
  expect(problemsOf(source)).toEqual([problem])
})

test.each([
  ['1 + 1', []],
  ['inputs.store.url + inputs["name"]', ['inputs.name', 'inputs.store.url']],
  ['inputs.datasets.map(d, d.rows)', ['inputs.datasets', 'inputs.datasets[].rows']],
  ['size(inputs.store)', ['inputs.store']],
  ['has(inputs.name)', ['inputs.name']],
  ['inputs.labels.team', ['inputs.labels']],
  ['inputs.map(k, k)', ['inputs']],
  ['cel.bind(s, inputs.store, s.url)', ['inputs.store', 'inputs.store.url']],
])('%s reads %j', (source, reads) => {
  expect(expressions.check(source).reads).toEqual(reads)
})

test('inputs read through a local count too', () => {
  const { type } = expressions.check('inputs.datasets[0]')
  if (!type) throw new Error('no type')
  expect(expressions.check('d.rows + 1', new Map([['d', type]])).reads).toEqual(['inputs.datasets[].rows'])
})

test('a variable hides a namespace with the same name', () => {
  const locals = new Map([['math', { kind: 'string', name: 'string' } as const]])
  expect(expressions.check('math.trim()', locals).problems).toEqual([])
  expect(expressions.check('math.ceil(1.5)', locals).problems).toHaveLength(1)
})
