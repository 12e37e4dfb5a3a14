/** Data without floats and null, which plain documents don't contain. */
export type PlainValue = string | number | boolean | PlainValue[] | PlainMap
export interface PlainMap {
  [key: string]: PlainValue
}

/**
 * Reads the plain kind of YAML in which nearly all manifests are written: printable ASCII; maps and lists by
 * indentation, or in brackets on one line; scalars on one line, or plain ones that continue on the next. A cold
 * installation reads a manifest for each package, and the library takes several times as long.
 * @returns undefined for any other document, also for one with a mistake: the library reads it, and reports it
 */
export function readPlainYaml(text: string): PlainMap | undefined {
  if (!PRINTABLE.test(text)) return undefined
  try {
    const lines = linesOf(text)
    if (lines[0]?.indent !== 0) return undefined
    const reader = new Reader(lines)
    return reader.map(0, 0)
  } catch (error) {
    if (error instanceof NotPlain) return undefined
    throw error
  }
}

const PRINTABLE = /^[\n -~]*$/
const KEY = /^(?:([A-Za-z_][\w.-]*)|"([^"\\]*)"|'([^']*)'):(?: ([^ ].*))?$/
const FLOW_KEY = /(?:([A-Za-z_][\w.-]*)|"([^"\\]*)"|'([^']*)'): /y
/** a scalar between brackets: quoted, or plain without anything that could end it */
const FLOW_SCALAR = /"[^"\\]*"|'[^']*'|[\w^(/~][^[\]{},:#"']*/y
const QUOTED = /^(?:"([^"\\]*)"|'([^']*)')$/
/** a scalar that is surely a string, unless it is one of `WORDS` */
const STRING = /^(?:[A-Za-z_^(/]|~\d)/
const VERSION = /^\d+\.\d+\.\d[\w.+-]*$/
const INTEGER = /^(?:0|[1-9]\d{0,8})$/
const WORDS = /^(?:true|false|null)$/i
/** what ends a plain scalar, or makes it something else */
const ENDS_PLAIN = /: | #|:$| $/
/** how a plain scalar surely continues */
const CONTINUES = /^[\w`'"(/]/
const REFUSED_KEYS: ReadonlySet<string> = new Set(['__proto__', '<<'])
const DEEPEST = 16
const LONGEST_KEY = 200

class NotPlain extends Error {}

interface Line {
  readonly indent: number
  readonly text: string
  /** whether it directly follows the line before, without a blank line or a comment between them */
  readonly follows: boolean
}

function linesOf(text: string): Line[] {
  const lines: Line[] = []
  let follows = false
  for (const line of text.split('\n')) {
    const indent = line.search(/[^ ]/)
    if (indent < 0 || line[indent] === '#') {
      // The library decides what white space alone means.
      if (line !== '' && indent < 0) throw new NotPlain()
      follows = false
      continue
    }
    lines.push({ indent, text: line.slice(indent), follows })
    follows = true
  }
  return lines
}

class Reader {
  readonly #lines: Line[]
  #at = 0

  constructor(lines: Line[]) {
    this.#lines = lines
  }

  /** Reads the map whose keys are indented by `indent`, up to the end of the document at the top. */
  map(indent: number, depth: number): PlainMap {
    const map: PlainMap = {}
    if (depth > DEEPEST) throw new NotPlain()
    for (let line = this.#next(); line?.indent === indent; line = this.#next()) {
      if (line.text.startsWith('- ')) break
      const match = KEY.exec(line.text)
      const key = newKey(map, match)
      const rest = match?.[4]
      this.#at++
      map[key] = rest === undefined ? this.#nested(indent, depth) : this.#scalar(rest, indent)
    }
    this.#requireEnd(indent, depth)
    return map
  }

  /** Reads what follows a key without a value on its line. */
  #nested(indent: number, depth: number): PlainValue {
    const line = this.#next()
    if (line && line.indent >= indent && line.text.startsWith('- ')) return this.#list(line.indent, depth + 1)
    if (!line || line.indent <= indent) throw new NotPlain()
    return this.map(line.indent, depth + 1)
  }

  #list(indent: number, depth: number): PlainValue[] {
    const list: PlainValue[] = []
    if (depth > DEEPEST) throw new NotPlain()
    for (let line = this.#next(); line?.indent === indent; line = this.#next()) {
      if (!line.text.startsWith('- ')) break
      const item = line.text.slice(2)
      if (KEY.test(item)) {
        this.#lines[this.#at] = { indent: indent + 2, text: item, follows: false }
        list.push(this.map(indent + 2, depth + 1))
      } else {
        this.#at++
        list.push(this.#scalar(item, indent))
      }
    }
    this.#requireEnd(indent, depth)
    return list
  }

  /** Reads a scalar that begins on a line whose key or dash is indented by `indent`. */
  #scalar(first: string, indent: number): PlainValue {
    if (first.startsWith('{') || first.startsWith('[')) return new FlowReader(first).whole()
    if (QUOTED.test(first)) return first.slice(1, -1)
    if (ENDS_PLAIN.test(first)) throw new NotPlain()
    let text = first
    for (let line = this.#next(); line?.follows && line.indent > indent; line = this.#next()) {
      if (!CONTINUES.test(line.text) || ENDS_PLAIN.test(line.text)) throw new NotPlain()
      text += ` ${line.text}`
      this.#at++
    }
    return plainScalar(text)
  }

  #next(): Line | undefined {
    return this.#lines[this.#at]
  }

  /** Requires that the next line belongs to a collection around this one. */
  #requireEnd(indent: number, depth: number): void {
    const line = this.#next()
    if (line && (depth === 0 || line.indent > indent)) throw new NotPlain()
  }
}

/** Reads a list or map in brackets. */
class FlowReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  whole(): PlainValue {
    const value = this.#value(0)
    if (this.#at !== this.#text.length) throw new NotPlain()
    return value
  }

  #value(depth: number): PlainValue {
    if (depth > DEEPEST) throw new NotPlain()
    if (this.#takes('[')) {
      const list: PlainValue[] = []
      this.#each(']', () => list.push(this.#value(depth + 1)))
      return list
    }
    if (this.#takes('{')) {
      const map: PlainMap = {}
      this.#each('}', () => {
        const key = newKey(map, this.#match(FLOW_KEY))
        map[key] = this.#value(depth + 1)
      })
      return map
    }
    const scalar = this.#match(FLOW_SCALAR)?.[0] ?? ''
    return QUOTED.test(scalar) ? scalar.slice(1, -1) : plainScalar(scalar.trimEnd())
  }

  /** Reads what is separated by commas, up to the closing bracket. */
  #each(close: string, read: () => void): void {
    this.#skipSpaces()
    if (this.#takes(close)) return
    for (;;) {
      read()
      this.#skipSpaces()
      if (this.#takes(close)) return
      if (!this.#takes(',')) throw new NotPlain()
      this.#skipSpaces()
    }
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    this.#at += match?.[0].length ?? 0
    return match
  }

  #takes(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #skipSpaces(): void {
    while (this.#text[this.#at] === ' ') this.#at++
  }
}

/** Returns a key that a map does not have yet. */
function newKey(map: PlainMap, match: RegExpExecArray | null): string {
  const [, plain, double, single] = match ?? []
  const key = plain ?? double ?? single
  if (key === undefined || key.length > LONGEST_KEY || REFUSED_KEYS.has(key) || Object.hasOwn(map, key))
    throw new NotPlain()
  if (plain !== undefined && WORDS.test(plain)) throw new NotPlain()
  return key
}

function plainScalar(text: string): PlainValue {
  if (text === 'true') return true
  if (text === 'false') return false
  if (INTEGER.test(text)) return Number(text)
  if ((STRING.test(text) && !WORDS.test(text)) || VERSION.test(text)) return text
  throw new NotPlain()
}
