import { CpmError } from './errors.ts'

/**
 * The one way JSON is written in registries, envelopes and the journal (docs/formats.md, "Canonical JSON", a subset of
 * RFC 8785): keys sorted by UTF-16 code units, no white space, integers only. What re-encodes to other bytes
 * is refused when read, so duplicate keys and other spellings of one value don't exist.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new TypeError(`not a safe integer: ${value}`)
  if (typeof value === 'string' && SURROGATE.test(value)) throw new TypeError('a text with half a surrogate pair')
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const object = value as Record<string, unknown>
  const members = Object.keys(object)
    .filter((key) => object[key] !== undefined)
    .sort()
    .map((key) => `${keyText(key)}:${canonicalJson(object[key])}`)
  return `{${members.join(',')}}`
}

/** Half of a pair that stands alone: no UTF-8 has it. */
const SURROGATE = /\p{Surrogate}/u

/** A key that readers drop without a word, or take for something else, is none of ours. */
function keyText(key: string): string {
  if (key === '__proto__' || SURROGATE.test(key)) throw new TypeError(`the key ${JSON.stringify(key)}`)
  return JSON.stringify(key)
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const MAX_DEPTH = 32

/**
 * Reads canonical JSON.
 * @throws RangeError or SyntaxError with a fact, when the bytes are not what `canonicalJson` writes
 */
export function parseCanonicalJson(bytes: Uint8Array | string): unknown {
  const text = typeof bytes === 'string' ? bytes : decoder.decode(bytes)
  if (nestingDepth(text) > MAX_DEPTH) throw new RangeError(`nested deeper than ${MAX_DEPTH}`)
  const value: unknown = JSON.parse(text)
  if (canonicalJson(value) !== text) throw new SyntaxError('not in canonical form')
  return value
}

/** Sorted keys and indentation, for files that people read and merge. */
export function readableJson(value: unknown): string {
  return JSON.stringify(sortKeys(value), null, 2) + '\n'
}

function sortKeys(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(sortKeys)
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sortKeys((value as Record<string, unknown>)[key])]),
  )
}

/** Reads a JSON file that people may have edited. `what` is named in the error. */
export function parseJson(
  text: string,
  code: 'LOCK_INVALID' | 'CONFIG_INVALID' | 'REGISTRY_INVALID' | 'REGISTRY_MISBEHAVED' | 'KEY_INVALID',
  what: string,
): unknown {
  try {
    if (nestingDepth(text) > MAX_DEPTH) throw new SyntaxError(`nested deeper than ${MAX_DEPTH}`)
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new CpmError(code, `${what} is not JSON: ${(error as Error).message}`, { cause: error })
  }
}

/** Upper bound of the nesting, counted before parsing: a million brackets must not reach a recursive parser. */
function nestingDepth(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (inString) {
      if (c === 0x5c) i++
      else if (c === 0x22) inString = false
    } else if (c === 0x22) inString = true
    else if (c === 0x5b || c === 0x7b) deepest = Math.max(deepest, ++depth)
    else if (c === 0x5d || c === 0x7d) depth--
  }
  return deepest
}
