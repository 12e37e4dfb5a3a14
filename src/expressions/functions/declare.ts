import type { Spend } from '../budget.ts'
import { readType, type Type } from '../types.ts'

/** A function or method as expressions know it, in one of its forms. */
export interface Overload {
  /** as it is written in docs: `string.split(string): list<string>` */
  readonly signature: string
  readonly name: string
  /** the type before the dot; undefined for a function */
  readonly receiver: Type | undefined
  readonly parameters: readonly Type[]
  /** the last parameter may be given many times, at least once */
  readonly isVariadic: boolean
  readonly result: Type
  /** computes it; the receiver, if there is one, is the first argument */
  readonly run: (spend: Spend, ...args: unknown[]) => unknown
}

/**
 * Declares functions by their signatures. What runs gets values of exactly these types, as far as their outside tells: of
 * the items of a `list<string>` it has to see for itself. Whatever costs more than a step is paid with `spend` before it
 * is done.
 */
// The checker and the evaluator hand over what the signature says, which types can’t express: so `never` takes all of them.
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

/** Cuts a list of types at the commas that don’t stand in `map<…>`. */
function splitTypes(text: string): string[] {
  return text.split(/, (?![^<]*>)/)
}
