import '../schema/own-words.ts'
import { findConflict, findLeftOverMarker } from './conflict-markers.ts'
import { decodeText, hasLoneSurrogate, placeIn, type TextFault } from './text.ts'

/** A million brackets must not reach a recursive parser. */
export const MAX_JSON_DEPTH = 32

/**
 * Parses only JSON that every reader interprets the same way: UTF-8 without a byte order mark, no duplicate keys, no
 * `__proto__`, no lone surrogates, at most 32 levels.
 */
export function readJson(source: string | Uint8Array): { value: unknown } | { fault: TextFault } {
  const checked = checkJson(source)
  return 'fault' in checked ? checked : { value: JSON.parse(checked.text) as unknown }
}

/** Checks JSON as `readJson` does, and returns its text for a parser of one's own. */
export function checkJson(
  source: string | Uint8Array,
  mostLevels = MAX_JSON_DEPTH,
): { text: string } | { fault: TextFault } {
  const decoded = typeof source === 'string' ? { text: source } : decodeText(source)
  if ('fault' in decoded) return decoded
  const { text } = decoded
  try {
    new Scanner(text, mostLevels).document()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return {
      fault: findConflict(text) ??
        findLeftOverMarker(text) ?? { ...placeIn(text.slice(0, error.at)), message: error.message },
    }
  }
  return { text }
}

class Fault extends Error {
  readonly at: number

  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}

const SPACE = /[ \t\n\r]*/y
const ATOM = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Scans JSON and keeps only the keys of the objects that are open. */
class Scanner {
  readonly #text: string
  readonly #mostLevels: number
  #at = 0

  constructor(text: string, mostLevels: number) {
    this.#text = text
    this.#mostLevels = mostLevels
  }

  document(): void {
    this.#value(0)
    this.#space()
    if (this.#at < this.#text.length) throw this.#unexpected()
  }

  #value(depth: number): void {
    this.#space()
    const begins = this.#text[this.#at]
    if (begins === '{' || begins === '[') {
      if (depth === this.#mostLevels) throw new Fault(this.#at, `nested deeper than ${this.#mostLevels}`)
      this.#at++
      if (begins === '{') this.#members(depth + 1)
      else this.#items(depth + 1)
    } else if (begins === '"') this.#string()
    else if (!this.#skip(ATOM)) throw this.#unexpected()
  }

  #members(depth: number): void {
    const keys = new Set<string>()
    if (this.#takes('}')) return
    do {
      this.#space()
      const at = this.#at
      if (this.#text[at] !== '"') throw this.#unexpected()
      const key = this.#string()
      if (keys.has(key)) throw new Fault(at, `duplicate key ${JSON.stringify(key)}`)
      if (key === '__proto__') throw new Fault(at, 'the key __proto__ is not accepted')
      keys.add(key)
      this.#need(':')
      this.#value(depth)
    } while (this.#takes(','))
    this.#need('}')
  }

  #items(depth: number): void {
    if (this.#takes(']')) return
    do this.#value(depth)
    while (this.#takes(','))
    this.#need(']')
  }

  #string(): string {
    const begin = this.#at++
    let isEscaped = false
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code === QUOTE) break
      if (code === BACKSLASH) {
        isEscaped = true
        if (!this.#skip(ESCAPE)) throw new Fault(this.#at, 'is not valid JSON: unknown escape sequence')
      } else if (code >= 0x20) this.#at++
      else throw new Fault(this.#at, Number.isNaN(code) ? ENDS : 'is not valid JSON: control character in a string')
    }
    const raw = this.#text.slice(begin, ++this.#at)
    const value = isEscaped ? (JSON.parse(raw) as string) : raw.slice(1, -1)
    if (isEscaped && hasLoneSurrogate(value)) throw new Fault(begin, 'a lone surrogate: write the whole character')
    return value
  }

  #need(sign: string): void {
    if (!this.#takes(sign)) throw this.#unexpected()
  }

  #takes(sign: string): boolean {
    this.#space()
    if (this.#text[this.#at] !== sign) return false
    this.#at++
    return true
  }

  #space(): void {
    this.#skip(SPACE)
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at
    const isThere = pattern.test(this.#text)
    if (isThere) this.#at = pattern.lastIndex
    return isThere
  }

  #unexpected(): Fault {
    const found = this.#text[this.#at]
    return new Fault(this.#at, found === undefined ? ENDS : `is not valid JSON: unexpected ${JSON.stringify(found)}`)
  }
}

const ENDS = 'is not valid JSON: it ends too early'
