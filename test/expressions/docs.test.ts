import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Budget } from '../../src/expressions/budget.ts'
import { Expressions } from '../../src/expressions/expressions.ts'
import { Scope } from '../../src/workflow/templates/scope.ts'
import { ALL_FUNCTIONS } from '../../src/expressions/functions.ts'
import { MACRO_FUNCTIONS, MACRO_METHODS } from '../../src/expressions/macros.ts'
import { equals, typeNameOf } from '../../src/expressions/values.ts'
import { shapeOf } from '../workflow/inputs.ts'

const DOCS = fs.readFileSync(path.resolve(import.meta.dirname, '../../docs/expressions.md'), 'utf8')

/** A row of a table of functions: names, description, an example and its result, which is an expression too. */
const rows = DOCS.split('\n').flatMap((line) => {
  const [names = '', , example = '', result = '', ...rest] = line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('\\|', '|'))
  if (rest.length > 0 || !/^`.*`$/.test(result)) return []
  return [{ names: [...names.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''), example: example.slice(1, -1), result: result.slice(1, -1) }] // prettier-ignore
})

const root = shapeOf('name', 'size', 'note', 'labels', 'datasets')
const inputs = {
  name: 'ada',
  size: 512,
  labels: { team: 'blue', tier: 1 },
  datasets: [
    { name: 'x', rows: 10 },
    { name: 'y', rows: 20 },
  ],
}
const expressions = new Expressions(new Scope(root, ['tools']).types)
const values = new Scope(root, ['tools']).bind({
  inputs,
  pkg: { name: 'p', version: '1.4.0' },
  release: { id: 'r1' },
  deps: { tools: { name: 'tools', version: '2.1.0' } },
})

function compute(source: string): unknown {
  expect(expressions.check(source).problems).toEqual([])
  return expressions.evaluate(source, values)
}

test('the docs list every function and macro, and nothing else', () => {
  const isMacro = (name: string) => !name.includes(': ')
  const written = rows.flatMap(({ names }) => names)
  expect(written.filter((name) => !isMacro(name)).sort()).toEqual(
    ALL_FUNCTIONS.map(({ signature }) => signature).sort(),
  )
  const macros = written.filter(isMacro).map((name) => name.replace('(field)', ''))
  const [known, aliases] = [[...MACRO_FUNCTIONS, ...MACRO_METHODS], ['existsOne']]
  expect([...macros, ...aliases].sort()).toEqual(known.sort())
})

test.each(rows.map(({ example, result }) => [example, result]))(
  'the examples in the docs are right: %s is %s',
  (example, result) => {
    const [actual, expected] = [compute(example), compute(result)]
    expect([actual, typeNameOf(actual)]).toEqual([expected, typeNameOf(expected)])
    expect(equals(actual, expected, new Budget(10_000).spend)).toBe(true)
  },
)
