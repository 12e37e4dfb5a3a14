import { Environment } from '@marcbachmann/cel-js'
import type { Values } from '../values/fit-value.ts'
import type { Shape } from '../values/shape.ts'

/** What expressions can name, besides the variables of their own macros. */
export const SCOPE_NAMES: readonly string[] = ['inputs', 'pkg', 'release', 'colony', 'deps']

/** The values of a scope; `inputs` are those that fit the declared shape. */
export interface ScopeValues {
  readonly inputs: Values
  readonly pkg: { readonly name: string; readonly version: string }
  readonly release: { readonly id: string }
  /** where the run goes to; without a name on engines that know none */
  readonly colony?: { readonly name?: string | undefined }
  /** what is known of each dependency, by its name */
  readonly deps?: Readonly<Record<string, { readonly name: string; readonly version: string }>>
}

/** A declared type in the language's terms, and how a value of it is handed to the language. */
interface CelType {
  readonly name: string
  toCel(value: unknown): unknown
}

/** Bounds on one expression, before anything is computed. */
const LIMITS = { maxAstNodes: 1000, maxDepth: 50, maxListElements: 200, maxMapEntries: 200, maxCallArguments: 8 }

/** The typed scope of a package's expressions. A secret is a text in it: its reference, never its value. */
export class Scope {
  readonly environment: Environment
  readonly #types: ReadonlyMap<string, CelType>

  /** @param dependencies the names that `deps` has; any name when left out */
  constructor(inputs: Shape, dependencies?: Iterable<string>) {
    this.environment = new Environment({ homogeneousAggregateLiterals: false, limits: LIMITS })
    const text: CelType = { name: 'string', toCel: (value) => value }
    this.#types = new Map([
      ['inputs', this.#typeOf(inputs, 'inputs')],
      ['pkg', this.#record('pkg', new Map([['name', text], ['version', text]]))], // prettier-ignore
      ['release', this.#record('release', new Map([['id', text]]))],
      ['colony', this.#record('colony', new Map([['name', text]]))],
      ['deps', this.#deps(dependencies)],
    ])
    for (const [name, type] of this.#types) this.environment.registerVariable(name, type.name)
  }

  bind(values: ScopeValues): Map<string, unknown> {
    return new Map([...this.#types].map(([name, type]) => [name, type.toCel(values[name as keyof ScopeValues] ?? {})]))
  }

  #deps(names: Iterable<string> | undefined): CelType {
    const text: CelType = { name: 'string', toCel: (value) => value }
    const one = this.#record('dependency', new Map([['name', text], ['version', text]])) // prettier-ignore
    if (names) return this.#record('deps', new Map([...names].map((name) => [name, one])))
    return {
      name: `map<string, ${one.name}>`,
      toCel: (value) => new Map(Object.entries(value as object).map(([name, entry]) => [name, one.toCel(entry)])),
    }
  }

  #typeOf(shape: Shape, path: string): CelType {
    switch (shape.type) {
      case 'integer':
        return { name: 'int', toCel: (value) => BigInt(value as number) }
      case 'number':
        return { name: 'double', toCel: (value) => value }
      case 'boolean':
        return { name: 'bool', toCel: (value) => value }
      case 'list': {
        if (!shape.item) return { name: 'list', toCel: freeToCel }
        const item = this.#typeOf(shape.item, `${path}[]`)
        return { name: `list<${item.name}>`, toCel: (value) => (value as unknown[]).map((entry) => item.toCel(entry)) }
      }
      case 'map': {
        if (!shape.fields) return { name: 'map<string, dyn>', toCel: freeToCel }
        const fields = [...shape.fields].map(([name, field]) => [name, this.#typeOf(field, `${path}.${name}`)] as const)
        return this.#record(path, new Map(fields))
      }
      default:
        return { name: 'string', toCel: (value) => value }
    }
  }

  /** A map with known fields is a type of its own: a class of maps, since the language tells types by constructor. */
  #record(name: string, fields: ReadonlyMap<string, CelType>): CelType {
    const Record = class extends Map<string, unknown> {}
    const types = Object.fromEntries([...fields].map(([field, type]) => [field, type.name]))
    this.environment.registerType(name, { ctor: Record, fields: types })
    return {
      name,
      toCel(value) {
        const record = new Record()
        for (const [field, type] of fields) {
          // a value that came from another thread has a prototype again, and `constructor` is a fine name for an input
          if (Object.hasOwn(value as Values, field)) record.set(field, type.toCel((value as Values)[field]))
        }
        return record
      },
    }
  }
}

/** Data without a declared shape: whole numbers are ints there, as in declared inputs. */
function freeToCel(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value
  if (Array.isArray(value)) return value.map(freeToCel)
  if (value === null || typeof value !== 'object') return value
  return new Map(Object.entries(value).map(([key, entry]) => [key, freeToCel(entry)]))
}
