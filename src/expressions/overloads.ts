import type { Overload } from './functions/declare.ts'
import * as t from './types.ts'
import type { Type } from './types.ts'

/** Overloads to show before "and others". */
const SHOWN = 4

/**
 * The result type of a function for these argument types, the receiver of a method first; undefined if no overload
 * accepts them.
 */
export function resultOf(overloads: readonly Overload[], types: readonly Type[]): Type | undefined {
  const results = overloads.flatMap((overload) => resultFor(overload, types) ?? [])
  const [first] = results
  return first && results.every((result) => result.name === first.name) ? first : first && t.DYN
}

/** Describes the call and the available overloads. */
export function misfit(name: string, overloads: readonly Overload[], types: readonly Type[]): string {
  const names = types.map((type) => t.closed(type).name)
  const [receiver, ...rest] = overloads[0]?.receiver ? names : [undefined, ...names]
  const given = `${receiver === undefined ? '' : `${receiver}.`}${name}(${rest.join(', ')})`
  const forms = overloads.map(({ signature }) => signature.replace(/: [^)]*$/, ''))
  const others = forms.length > SHOWN ? ' and others' : ''
  return `there is no ${given}; there is ${forms.slice(0, SHOWN).join(', ')}${others}`
}

function resultFor(overload: Overload, types: readonly Type[]): Type | undefined {
  if (overload.isVariadic) return numberAmong(types)
  const wanted = overload.receiver ? [overload.receiver, ...overload.parameters] : overload.parameters
  if (wanted.length !== types.length) return undefined
  const bindings: t.Bindings = new Map()
  const isFit = types.every((type, index) => t.fits(type, wanted[index] ?? t.DYN, bindings))
  return isFit ? t.bound(overload.result, bindings) : undefined
}

/** The most general type among numbers, or in a single list of them; numbers of different types can be compared. */
function numberAmong(types: readonly Type[]): Type | undefined {
  const [only] = types
  const among = types.length === 1 && only?.kind === 'list' ? [only.item] : types
  if (among.length === 0 || !among.every(({ kind }) => ['int', 'uint', 'double', 'dyn', 'parameter'].includes(kind)))
    return undefined
  return among.reduce((all, type) => t.join(all, type) ?? t.DYN)
}
