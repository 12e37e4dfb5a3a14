import { expect, test } from 'vitest'
import { elementTypeOf, Expressions, INT, type Locals, type Type } from '../../src/expressions/expressions.ts'
import { Scope } from '../../src/workflow/templates/scope.ts'
import { shapeOf } from '../workflow/inputs.ts'

const root = shapeOf('store.url', 'labels', 'datasets')
const VALUES = {
  inputs: { store: { url: 'http://x' }, labels: { a: 1 }, datasets: [{ name: 'a', rows: 10 }] },
  pkg: { name: 'p', version: '1.0.0' },
  release: { id: 'r1' },
  colony: { name: 'dev' },
  deps: { tools: { name: '@acme/tools', version: '2.1.0' } },
}
const all = new Expressions(new Scope(root, ['tools']).types)

function typeOf(source: string, locals?: Locals): Type {
  const { type, problems } = all.check(source, locals)
  expect(problems).toEqual([])
  if (!type) throw new Error(`no type: ${source}`)
  return type
}

function itemOf(source: string): Type {
  const type = elementTypeOf(typeOf(source))
  if (!type) throw new Error(`no items: ${source}`)
  return type
}

test('a local has the type of what it iterates over', () => {
  const locals = new Map([
    ['d', itemOf('inputs.datasets')],
    ['i', INT],
  ])
  expect(typeOf('d.rows + i', locals)).toBe(INT)
  expect(typeOf('d.name', locals).name).toBe('string')
  expect(all.check('d.rows + d.name', locals).problems).not.toEqual([])
  expect(all.check('d.nmae', locals).problems).not.toEqual([])
})

test("a loop over a map iterates over its keys, and a string can't be iterated over", () => {
  expect(itemOf('inputs.labels').name).toBe('string')
  expect(elementTypeOf(typeOf('inputs.store.url'))).toBeUndefined()
})

test('evaluates with the values of locals', () => {
  const values = new Scope(root, ['tools']).bind(VALUES)
  const datasets = all.evaluate('inputs.datasets', values) as unknown[]
  expect(all.evaluate('d.rows + i', values, new Map([['d', datasets[0]], ['i', 1n]]))).toBe(11n) // prettier-ignore
})

test('a local is only visible where it is declared', () => {
  expect(all.check('d.rows').problems).toMatchObject([{ offset: 0, message: 'there is no d here' }])
})

test('reports which inputs are read', () => {
  expect(all.check('inputs.store.url + inputs.datasets[0].name').reads).toContain('inputs.store.url')
})

test('knows the colony and the dependencies', () => {
  const values = new Scope(root, ['tools']).bind(VALUES)
  expect(all.evaluate('colony.name + " " + deps["tools"].version', values)).toBe('dev 2.1.0')
  expect(all.check('deps["nope"].version').problems).not.toEqual([])
})
