import type { Values } from '../values/fit-value.ts'
import type { Shape } from '../values/shape.ts'
import { BOOL, DOUBLE, DYN, INT, listOf, mapOf, type RecordType, STRING, type Type } from '../../expressions/types.ts'

/** The values of a scope; `inputs` fit the declared shape. */
export interface ScopeValues {
  readonly inputs: Values
  readonly pkg: { readonly name: string; readonly version: string }
  readonly release: { readonly id: string }
  /** where the run is sent; without a name on engines that have none */
  readonly colony?: { readonly name?: string | undefined }
  /** what is known about each dependency, by name */
  readonly deps?: Readonly<Record<string, { readonly name: string; readonly version: string }>>
}

/** The names that expressions can use, besides locals and the variables of macros. */
export const SCOPE_NAMES: readonly string[] = ['inputs', 'pkg', 'release', 'colony', 'deps']

const DEPENDENCY = texts('deps[]', ['name', 'version'])

/** The names that expressions can use, with their types, besides locals and the variables of macros. */
export class Scope {
  readonly types: ReadonlyMap<string, Type>
  readonly #inputs: Shape

  /** @param dependencies the names in `deps`; any name if omitted */
  constructor(inputs: Shape, dependencies?: Iterable<string>) {
    this.#inputs = inputs
    this.types = new Map<string, Type>([
      ['inputs', typeOf(inputs, 'inputs')],
      ['pkg', texts('pkg', ['name', 'version'])],
      ['release', texts('release', ['id'])],
      ['colony', texts('colony', ['name'])],
      [
        'deps',
        dependencies
          ? record(
              'deps',
              [...dependencies].map((name) => [name, DEPENDENCY]),
            )
          : mapOf(STRING, DEPENDENCY),
      ],
    ])
  }

  /** Returns the values as expressions see them. */
  bind({ inputs, pkg, release, colony = {}, deps = {} }: ScopeValues): Map<string, unknown> {
    return new Map<string, unknown>([
      ['inputs', valueOf(this.#inputs, inputs)],
      ['pkg', freeValue(pkg)],
      ['release', freeValue(release)],
      ['colony', freeValue(colony)],
      ['deps', freeValue(deps)],
    ])
  }
}

function texts(name: string, fields: readonly string[]): RecordType {
  return record(
    name,
    fields.map((field) => [field, STRING]),
  )
}

function record(name: string, fields: readonly (readonly [string, Type])[]): RecordType {
  return { kind: 'record', name, fields: new Map(fields) }
}

/** Returns the type of a declared input, named after its path. A secret is a string: its reference, never its value. */
function typeOf(shape: Shape, path: string): Type {
  if (shape.isSecret) return STRING
  switch (shape.type) {
    case 'integer':
      return INT
    case 'number':
      return DOUBLE
    case 'boolean':
      return BOOL
    case 'list':
      return listOf(shape.item ? typeOf(shape.item, `${path}[]`) : DYN)
    case 'map': {
      if (!shape.fields) return mapOf(STRING, DYN)
      return record(
        path,
        [...shape.fields].map(([name, field]) => [name, typeOf(field, `${path}.${name}`)]),
      )
    }
    default:
      return STRING
  }
}

/** Converts the value of a declared input for expressions. */
function valueOf(shape: Shape, value: unknown): unknown {
  if (shape.isSecret) return value
  switch (shape.type) {
    case 'integer':
      return BigInt(value as number) // it fits its shape
    case 'list': {
      const { item } = shape
      return item ? (value as unknown[]).map((entry) => valueOf(item, entry)) : freeValue(value)
    }
    case 'map': {
      if (!shape.fields) return freeValue(value)
      const values = new Map<string, unknown>()
      for (const [name, field] of shape.fields) {
        // A value from another thread has a prototype again, and `constructor` is a valid name for an input.
        if (Object.hasOwn(value as Values, name)) values.set(name, valueOf(field, (value as Values)[name]))
      }
      return values
    }
    default:
      return value
  }
}

/** Converts data without a declared shape: whole numbers become ints, unless they are written as floats. */
function freeValue(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value
  if (value instanceof Number) return Number(value)
  if (Array.isArray(value)) return value.map(freeValue)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
  return new Map(entries.map(([key, entry]) => [key, freeValue(entry)]))
}
