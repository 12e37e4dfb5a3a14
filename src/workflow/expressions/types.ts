/**
 * The types of expressions. Outside this folder a type is opaque: it is handed from what one expression yields to the locals
 * of the next, asked for its `name` in messages, and for its `kind` where that decides what may stand where.
 */
export type Type = PlainType | ListType | MapType | RecordType | OptionalType

type PlainKind = 'dyn' | 'null' | 'bool' | 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'timestamp' | 'duration' | 'type' // prettier-ignore

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
/** A map whose fields are known: `inputs` and what lies in it. Its name is its path, as `inputs.datasets[]`. */
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

const plain = (kind: PlainKind, name: string = kind): PlainType => ({ kind, name })

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

export function listOf(item: Type): ListType {
  return { kind: 'list', name: `list<${item.name}>`, item }
}

export function mapOf(key: Type, value: Type): MapType {
  return { kind: 'map', name: `map<${key.name}, ${value.name}>`, key, value }
}

export function optionalOf(value: Type): OptionalType {
  return { kind: 'optional', name: `optional<${value.name}>`, value }
}

/** What a loop over a value of a type goes through: the items of a list, the keys of a map; undefined if it can’t. */
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
