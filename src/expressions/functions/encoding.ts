import { createHash } from 'node:crypto'
import type { Spend } from '../budget.ts'
import { Failure } from '../failure.ts'
import { isNumber, kindName, Uint } from '../values.ts'
import { declare } from './declare.ts'
import { wellFormed } from './text.ts'

/** Conversions between strings, bytes and encodings. */
export const ENCODING = declare({
  'base64.encode(bytes): string': (spend, bytes: Uint8Array) => {
    spend(bytes.length * 2)
    return Buffer.from(bytes).toString('base64')
  },
  'base64.decode(string): bytes': (spend, text: string) => {
    spend(text.length)
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.replace(/=+$/, '').length % 4 === 1)
      throw new Failure('the string is not base64')
    return new Uint8Array(Buffer.from(text, 'base64'))
  },
  'hex.encode(bytes): string': (spend, bytes: Uint8Array) => {
    spend(bytes.length * 2)
    return Buffer.from(bytes).toString('hex')
  },
  'hex.decode(string): bytes': (spend, text: string) => {
    spend(text.length)
    if (text.length % 2 === 1 || !/^[0-9a-fA-F]*$/.test(text)) throw new Failure('the string is not hexadecimal')
    return new Uint8Array(Buffer.from(text, 'hex'))
  },
  'url.encode(string): string': (spend, text: string) => {
    spend(text.length * 3)
    return encodeURIComponent(wellFormed(text))
  },
  'json.encode(dyn): string': (spend, value: unknown) => jsonOf(value, spend),
  'hash.sha256(string): string': (spend, text: string) => sha256(text, spend),
  'hash.sha256(bytes): string': (spend, bytes: Uint8Array) => sha256(bytes, spend),
})

function sha256(data: string | Uint8Array, spend: Spend): string {
  spend(data.length)
  return createHash('sha256').update(data).digest('hex')
}

export function decodeText(bytes: Uint8Array, spend: Spend): string {
  spend(bytes.length)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new Failure('the bytes are not UTF-8')
  }
}

/** Canonical JSON: no spaces, and keys sorted by code units. */
function jsonOf(value: unknown, spend: Spend): string {
  spend(1)
  if (typeof value === 'string') {
    spend(value.length)
    return JSON.stringify(value)
  }
  if (value === null || typeof value === 'boolean') return String(value)
  if (isNumber(value)) return numberJson(value)
  if (Array.isArray(value))
    return joined(
      '[]',
      value.map((item) => jsonOf(item, spend)),
      spend,
    )
  if (!(value instanceof Map)) throw new Failure(`${kindName(value)} can't be encoded as JSON`)
  const entries = [...(value as Map<unknown, unknown>)].map(([key, entry]) => [String(key), entry] as const)
  spend(entries.length * 10)
  if (new Set(entries.map(([key]) => key)).size < entries.length)
    throw new Failure('a map with keys that are equal as strings is not valid JSON')
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  const parts = entries.map(([key, entry]) => `${JSON.stringify(key)}:${jsonOf(entry, spend)}`)
  return joined('{}', parts, spend)
}

function joined(brackets: '[]' | '{}', parts: readonly string[], spend: Spend): string {
  spend(parts.reduce((sum, part) => sum + part.length + 1, 1))
  return `${brackets.charAt(0)}${parts.join(',')}${brackets.charAt(1)}`
}

function numberJson(value: bigint | number | Uint): string {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Failure('a number that is not finite is not valid JSON')
    return JSON.stringify(value)
  }
  return String(value instanceof Uint ? value.value : value)
}
