import type { Overload } from './functions/declare.ts'
import * as t from './types.ts'
import type { Type } from './types.ts'

/** Forms that a message names before it says "and others". */
const SHOWN = 4

/** What a function yields for arguments of these types, the receiver of a method first; undefined when none of its forms is for them. */
export function resultOf(overloads: readonly Overload[], types: readonly Type[]): Type | undefined {
  const results = overloads.flatMap((overload) => resultFor(overload, types) ?? [])
  const [first] = results
  return first && results.every((result) => result.name === first.name) ? first : first && t.DYN
}

/** Says what was called and what there is. */
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

/** The type of the largest among numbers, or in one list of them; numbers of different types may be compared. */
function numberAmong(types: readonly Type[]): Type | undefined {
  const [only] = types
  const among = types.length === 1 && only?.kind === 'list' ? [only.item] : types
  if (among.length === 0 || !among.every(({ kind }) => ['int', 'uint', 'double', 'dyn', 'parameter'].includes(kind)))
    return undefined
  return among.reduce((all, type) => t.join(all, type) ?? t.DYN)
}
