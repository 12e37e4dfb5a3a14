import type { InputDeclaration } from '../../src/schema/input.ts'
import { type Shape, shapeOfInputs } from '../../src/workflow/values/shape.ts'

/** One input of each kind that templates and expressions use. */
const KINDS: readonly InputDeclaration[] = [
  { key: 'size', type: 'integer' },
  { key: 'ratio', type: 'number' },
  { key: 'name', type: 'string' },
  { key: 'note', type: 'string' },
  { key: 'text', type: 'string' },
  { key: 'constructor', type: 'string' },
  { key: 'isBig', type: 'boolean' },
  { key: 'fast', type: 'boolean' },
  { key: 'store.url', type: 'string' },
  { key: 'store.token', type: 'string', secret: true },
  { key: 'labels', type: 'map' },
  { key: 'any', type: 'list' },
  { key: 'numbers', type: 'list', items: { type: 'integer' } },
  { key: 'names', type: 'list', items: { type: 'string' } },
  {
    key: 'datasets',
    type: 'list',
    items: {
      type: 'map',
      fields: [
        { key: 'name', type: 'string' },
        { key: 'rows', type: 'integer' },
        { key: 'pin', type: 'string', secret: true },
      ],
    },
  },
]

/** Declares the inputs with the given keys. */
export function declared(...keys: string[]): InputDeclaration[] {
  return keys.map((wanted) => {
    const found = KINDS.find(({ key }) => key === wanted)
    if (!found) throw new Error(`there is no ${wanted} among the inputs for tests`)
    return found
  })
}

/** The shape of all these inputs, from which expressions get their types. */
export function shapeOf(...keys: string[]): Shape {
  return shapeOfInputs(declared(...keys)).root
}
