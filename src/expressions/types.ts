/**
 * The types of expressions. Outside this folder a type is opaque: callers pass it from one expression to the locals of
 * the next, show its `name` in messages, and check its `kind` where only some kinds are allowed.
 */
export type Type = PlainType | ListType | MapType | RecordType | OptionalType | TypeParameter

type PlainKind =
  'dyn' | 'null' | 'bool' | 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'timestamp' | 'duration' | 'type'

interface PlainType {
  readonly kind: PlainKind
  readonly name: string
}
interface ListType {
  readonly kind: 'list'
  readonly name: string
  readonly item: Type
}
interface MapType {
  readonly kind: 'map'
  readonly name: string
  readonly key: Type
  readonly value: Type
}
/** A map with known fields: `inputs` and the records inside it. Its name is its path, such as `inputs.datasets[]`. */
export interface RecordType {
  readonly kind: 'record'
  readonly name: string
  readonly fields: ReadonlyMap<string, Type>
}
interface OptionalType {
  readonly kind: 'optional'
  readonly name: string
  readonly value: Type
}
/** Any type in the signature of a function; the same type wherever the letter is repeated. */
interface TypeParameter {
  readonly kind: 'parameter'
  readonly name: string
}

const plain = (kind: PlainKind): PlainType => ({ kind, name: kind })

export const DYN = plain('dyn')
export const NULL = plain('null')
export const BOOL = plain('bool')
export const INT = plain('int')
export const UINT = plain('uint')
export const DOUBLE = plain('double')
export const STRING = plain('string')
export const BYTES = plain('bytes')
export const TIMESTAMP = plain('timestamp')
export const DURATION = plain('duration')
export const TYPE = plain('type')

/** The type of anything with a problem: the problem was reported, and nothing that follows from it is. */
export const UNKNOWN = plain('dyn')

/** The item type of an empty list: compatible with any type. */
export const ANYTHING: Type = { kind: 'parameter', name: '_' }

const PLAIN = new Map<string, Type>(
  [DYN, NULL, BOOL, INT, UINT, DOUBLE, STRING, BYTES, TIMESTAMP, DURATION, TYPE].map((type) => [type.name, type]),
)

export function listOf(item: Type): ListType {
  return { kind: 'list', name: `list<${item.name}>`, item }
}

export function mapOf(key: Type, value: Type): MapType {
  return { kind: 'map', name: `map<${key.name}, ${value.name}>`, key, value }
}

export function optionalOf(value: Type): OptionalType {
  return { kind: 'optional', name: `optional<${value.name}>`, value }
}

/** Reads a type as written in signatures: `map<string, list<A>>`; a single capital letter is any type. */
export function readType(text: string): Type {
  const found = PLAIN.get(text)
  if (found) return found
  if (/^[A-Z]$/.test(text)) return { kind: 'parameter', name: text }
  const [, outer, inner = ''] = /^(list|map|optional)<(.+)>$/.exec(text) ?? []
  if (outer === 'list') return listOf(readType(inner))
  if (outer === 'optional') return optionalOf(readType(inner))
  if (outer === 'map') {
    const comma = inner.indexOf(', ') // keys are plain types, so the first comma is ours
    return mapOf(readType(inner.slice(0, comma)), readType(inner.slice(comma + 2)))
  }
  throw new Error(`not a type: ${text}`)
}

/** What a loop over a value of a type iterates over: the items of a list, the keys of a map; undefined if it can't. */
export function elementTypeOf(type: Type): Type | undefined {
  switch (type.kind) {
    case 'list':
      return type.item
    case 'map':
      return type.key
    case 'record':
      return STRING
    case 'dyn':
      return DYN
    default:
      return undefined
  }
}

/** The type of the values of a list or map. */
export function valueTypeOf(type: Type): Type {
  if (type.kind === 'list') return type.item
  return type.kind === 'map' ? type.value : DYN
}

/** The type that holds values of both; undefined if they are incompatible. */
export function join(one: Type, other: Type): Type | undefined {
  if (one.name === other.name) return one
  if (one.kind === 'parameter') return other
  if (other.kind === 'parameter') return one
  if ([one, other].some(({ kind }) => kind === 'dyn' || kind === 'null')) return DYN
  if (one.kind === 'list' && other.kind === 'list') return wrapped(join(one.item, other.item), listOf)
  if (one.kind === 'optional' && other.kind === 'optional') return wrapped(join(one.value, other.value), optionalOf)
  const [a, b] = [asMap(one), asMap(other)]
  if (!a || !b) return undefined
  const key = join(a.key, b.key)
  const value = join(a.value, b.value)
  return key && value && mapOf(key, value)
}

function wrapped(type: Type | undefined, wrap: (type: Type) => Type): Type | undefined {
  return type && wrap(type)
}

/** A record is also a map, whose values need not have the same type. */
function asMap(type: Type): MapType | undefined {
  if (type.kind === 'map') return type
  return type.kind === 'record' ? mapOf(STRING, DYN) : undefined
}

function isOpen(type: Type): boolean {
  return type.kind === 'dyn' || type.kind === 'parameter'
}

/** The types that the letters of a signature are bound to. */
export type Bindings = Map<string, Type>

/** Whether a value of type `given` can be used where `wanted` is expected; binds the letters in `wanted`. */
export function fits(given: Type, wanted: Type, bindings: Bindings): boolean {
  if (wanted.kind === 'parameter') {
    const bound = bindings.get(wanted.name) ?? ANYTHING
    // `?:` accepts null next to anything, but two values that must have the same type don't
    const isMixed = !isOpen(bound) && !isOpen(given) && (bound.kind === 'null') !== (given.kind === 'null')
    const joined = isMixed ? undefined : join(bound, given)
    if (!joined) return false
    bindings.set(wanted.name, joined)
    return true
  }
  if (isOpen(given) || wanted.kind === 'dyn') {
    bindOpen(wanted, bindings)
    return true
  }
  if (wanted.kind === 'list') return given.kind === 'list' && fits(given.item, wanted.item, bindings)
  if (wanted.kind === 'optional') return given.kind === 'optional' && fits(given.value, wanted.value, bindings)
  if (wanted.kind !== 'map') return given.name === wanted.name
  const map = asMap(given)
  return map !== undefined && fits(map.key, wanted.key, bindings) && fits(map.value, wanted.value, bindings)
}

/** A value of unknown type leaves the letters unknown too. */
function bindOpen(wanted: Type, bindings: Bindings): void {
  if (wanted.kind === 'parameter') bindings.set(wanted.name, bindings.get(wanted.name) ?? DYN)
  else if (wanted.kind === 'list') bindOpen(wanted.item, bindings)
  else if (wanted.kind === 'optional') bindOpen(wanted.value, bindings)
  else if (wanted.kind === 'map') {
    bindOpen(wanted.key, bindings)
    bindOpen(wanted.value, bindings)
  }
}

/**
 * A type with its letters replaced by what they are bound to; an unbound one is compatible with anything, like the
 * items of an empty list.
 */
export function bound(type: Type, bindings: Bindings): Type {
  return replaced(type, (name) => bindings.get(name) ?? ANYTHING)
}

function replaced(type: Type, by: (parameter: string) => Type): Type {
  switch (type.kind) {
    case 'parameter':
      return by(type.name)
    case 'list':
      return listOf(replaced(type.item, by))
    case 'optional':
      return optionalOf(replaced(type.value, by))
    case 'map':
      return mapOf(replaced(type.key, by), replaced(type.value, by))
    default:
      return type
  }
}

/** A type as shown in messages: the contents of an empty list or map are unknown. */
export function closed(type: Type): Type {
  return replaced(type, () => DYN)
}
