import { CpmError } from './errors.ts'
import { MAX_JSON_DEPTH, readJson } from './json.ts'
import { refuseNewer } from './newer-format.ts'
import { hasLoneSurrogate } from './text.ts'

/**
 * Writes JSON in the form of registries, envelopes and the journal (docs/formats.md, "Canonical JSON", a subset of RFC
 * 8785): keys sorted by UTF-16 code units, no white space, integers only. Readers refuse anything that re-encodes to
 * other bytes, which rules out duplicate keys and alternative spellings of a value.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new TypeError(`not a safe integer: ${value}`)
  if (typeof value === 'string' && hasLoneSurrogate(value)) throw new TypeError('a string with a lone surrogate')
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const object = value as Record<string, unknown>
  let members = ''
  for (const key of Object.keys(object).sort()) {
    if (object[key] === undefined) continue
    members += `${members === '' ? '' : ','}${keyText(key)}:${canonicalJson(object[key])}`
  }
  return `{${members}}`
}

/** Refuses keys that some readers drop silently or misread. */
function keyText(key: string): string {
  if (key === '__proto__' || hasLoneSurrogate(key)) throw new TypeError(`the key ${JSON.stringify(key)}`)
  return JSON.stringify(key)
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads canonical JSON.
 * @throws RangeError or SyntaxError if the bytes are not what `canonicalJson` writes
 */
export function parseCanonicalJson(bytes: Uint8Array | string): unknown {
  const text = typeof bytes === 'string' ? bytes : decoder.decode(bytes)
  if (nestingDepth(text) > MAX_JSON_DEPTH) throw new RangeError(`nested deeper than ${MAX_JSON_DEPTH}`)
  const value: unknown = JSON.parse(text)
  if (!isWrittenAs(value, text) && canonicalJson(value) !== text) throw new SyntaxError('not in canonical form')
  return value
}

/**
 * Whether JavaScript's own writer, which is several times as fast, returns the text, and does so for the reasons that
 * `canonicalJson` does: what the two write differently is excluded first.
 */
function isWrittenAs(value: unknown, text: string): boolean {
  // An escaped surrogate begins like this.
  return !text.includes('\\ud') && JSON.stringify(value) === text && isOrdered(value)
}

/** Whether all numbers are safe integers, and all keys are sorted and accepted. */
function isOrdered(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value)
  if (value === null || typeof value !== 'object') return true
  if (Array.isArray(value)) return value.every(isOrdered)
  const object = value as Record<string, unknown>
  let last: string | undefined
  for (const key of Object.keys(object)) {
    if (key === '__proto__' || (last !== undefined && key <= last) || !isOrdered(object[key])) return false
    last = key
  }
  return true
}

/** Writes JSON with sorted keys and indentation, for files that people read and merge. */
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

type JsonCode =
  | 'LOCK_INVALID'
  | 'CONFIG_INVALID'
  | 'REGISTRY_INVALID'
  | 'REGISTRY_MISBEHAVED'
  | 'KEY_INVALID'
  | 'REQUEST_INVALID'
  | 'ADVISORIES_INVALID'

/**
 * Reads JSON that people may have edited or that came from another machine.
 * @param what names the document in errors, followed by line and column
 * @throws CpmError with `code`, also if a newer cpm wrote the document
 */
export function parseJson(source: string | Uint8Array, code: JsonCode, what: string): unknown {
  const read = readJson(source)
  if ('fault' in read) {
    const { line, column, message } = read.fault
    throw new CpmError(code, `${what}:${line}:${column} ${message}`, {
      details: { problems: [{ file: what, line, column, message }] },
    })
  }
  refuseNewer(read.value, code, what)
  return read.value
}

/** Returns an upper bound of the nesting depth, so that a million brackets never reach the recursive parser. */
function nestingDepth(text: string): number {
  // Counting is much faster than telling brackets in strings apart, and most documents have few.
  const brackets = countOf(text, '{') + countOf(text, '[')
  if (brackets <= MAX_JSON_DEPTH) return brackets
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

/** Counts a character, but only until it is clear that there are too many. */
function countOf(text: string, character: string): number {
  let count = 0
  for (let at = text.indexOf(character); at >= 0 && count <= MAX_JSON_DEPTH; at = text.indexOf(character, at + 1))
    count++
  return count
}
