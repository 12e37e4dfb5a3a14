import { CORE } from './functions/core.ts'
import type { Overload } from './functions/declare.ts'
import { ENCODING } from './functions/encoding.ts'
import { LISTS, MAPS } from './functions/lists.ts'
import { MATH } from './functions/math.ts'
import { OPTIONALS } from './functions/optionals.ts'
import { SEMVER } from './functions/semver.ts'
import { STRINGS } from './functions/strings.ts'
import { TIMES } from './functions/times.ts'

/**
 * All functions and methods of expressions, without macros. docs/expressions.md documents each, and a test compares the
 * two.
 */
export const ALL_FUNCTIONS: readonly Overload[] = [
  ...CORE,
  ...STRINGS,
  ...LISTS,
  ...MAPS,
  ...MATH,
  ...SEMVER,
  ...ENCODING,
  ...TIMES,
  ...OPTIONALS,
]

const functions = new Map<string, Overload[]>()
const methods = new Map<string, Overload[]>()
for (const overload of ALL_FUNCTIONS) {
  const table = overload.receiver ? methods : functions
  table.set(overload.name, [...(table.get(overload.name) ?? []), overload])
}

/** The overloads of a function, such as `math.ceil` or `size`. */
export function functionsNamed(name: string): readonly Overload[] {
  return functions.get(name) ?? []
}

/** The overloads of a method, whatever its receiver. */
export function methodsNamed(name: string): readonly Overload[] {
  return methods.get(name) ?? []
}

export const FUNCTION_NAMES: readonly string[] = [...functions.keys()]
export const METHOD_NAMES: readonly string[] = [...methods.keys()]

const NAMESPACES: ReadonlySet<string> = new Set([
  ...FUNCTION_NAMES.filter((name) => name.includes('.')).map((name) => name.slice(0, name.indexOf('.'))),
  'cel',
])

/** Whether a name is a namespace of functions, such as `math` in `math.ceil`. Variables take precedence. */
export function isNamespace(name: string, variables: { has(name: string): boolean }): boolean {
  return NAMESPACES.has(name) && !variables.has(name)
}
