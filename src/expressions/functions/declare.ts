import type { Spend } from '../budget.ts'
import { readType, type Type } from '../types.ts'

/** One overload of a function or method. */
export interface Overload {
  /** as in the docs: `string.split(string): list<string>` */
  readonly signature: string
  readonly name: string
  /** the type before the dot; undefined for a function */
  readonly receiver: Type | undefined
  readonly parameters: readonly Type[]
  /** the last parameter repeats, at least once */
  readonly isVariadic: boolean
  readonly result: Type
  /** evaluates it; the receiver of a method is the first argument */
  readonly run: (spend: Spend, ...args: unknown[]) => unknown
}

/**
 * Declares functions by their signatures. Implementations get values of these types, checked at the outer level only:
 * they must check the items of a `list<string>` themselves. Whatever costs more than a step is paid with `spend` before
 * it is done.
 */
// The signature string fixes the argument types, which TypeScript can't express: so the arguments are `never`.
export function declare(functions: Record<string, (spend: Spend, ...args: never[]) => unknown>): Overload[] {
  return Object.entries(functions).map(([signature, run]) => ({
    ...readSignature(signature),
    run: run as Overload['run'], // see above
  }))
}

function readSignature(signature: string): Omit<Overload, 'run'> {
  const [, path = '', parameters = '', result = ''] = /^([^()]+)\(([^()]*)\): (.+)$/.exec(signature) ?? []
  const dot = path.lastIndexOf('.')
  const owner = path.slice(0, Math.max(dot, 0))
  const isMethod = /^(?:string|bytes|timestamp|duration|list<.+>|map<.+>|optional<.+>)$/.test(owner)
  return {
    signature,
    name: isMethod ? path.slice(dot + 1) : path,
    receiver: isMethod ? readType(owner) : undefined,
    parameters: parameters === '' ? [] : splitTypes(parameters.replace('...', '')).map(readType),
    isVariadic: parameters.endsWith('...'),
    result: readType(result),
  }
}

/** Splits a list of types at the commas outside `map<…>`. */
function splitTypes(text: string): string[] {
  return text.split(/, (?![^<]*>)/)
}
