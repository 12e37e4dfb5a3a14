import { KeywordSearch } from './keyword-search.ts'
import { BARE_KEY, CONTENT_RULES, type ContentRule, isPlaceholder } from './secret-rules.ts'

/** How many bytes patterns see before and after a keyword. */
const BEHIND = 2048
const AHEAD = 4096
/** The longest file with a bare key. */
const BARE_BYTES = 128
const NOTHING = new Uint8Array(0)

export interface SecretMatch {
  /** completes "it contains …" */
  readonly what: string
  /** its byte offset in the file */
  readonly at: number
}

interface Search {
  readonly keywords: KeywordSearch
  /** the rules of each keyword */
  readonly rules: readonly (readonly ContentRule[])[]
}

let search: Search | undefined

/** Made when the first file is scanned, because most commands scan none. */
function searchOf(): Search {
  if (search) return search
  const rules = new Map<string, ContentRule[]>()
  for (const rule of CONTENT_RULES)
    for (const keyword of rule.keywords) rules.set(keyword, [...(rules.get(keyword) ?? []), rule])
  return (search = { keywords: new KeywordSearch([...rules.keys()]), rules: [...rules.values()] })
}

/**
 * Scans the bytes of one file for secrets as they arrive, in linear time. Keeps the end of each piece, so that it also
 * finds secrets that span two pieces. Stops at the first finding.
 */
export class SecretScanner {
  #kept: Uint8Array = NOTHING
  /** how much of `#kept` is already scanned */
  #seen = 0
  /** the file offset of `#kept` */
  #offset = 0
  #size = 0
  #start: Uint8Array = NOTHING
  #skipsZeros: boolean | undefined
  /** the first byte, until the second one reveals the encoding */
  #beginning: Uint8Array = NOTHING
  #finding: SecretMatch | undefined

  get finding(): SecretMatch | undefined {
    return this.#finding
  }

  push(bytes: Uint8Array): void {
    if (this.#finding) return
    this.#size += bytes.length
    const text = this.#asText(bytes)
    if (this.#start.length < BARE_BYTES) this.#start = Buffer.concat([this.#start, text.subarray(0, BARE_BYTES)])
    this.#kept = this.#kept.length === 0 ? text : Buffer.concat([this.#kept, text])
    this.#scan(this.#kept.length - AHEAD)
    const keep = Math.max(0, this.#seen - BEHIND)
    // Copy it, because the caller may reuse its buffer.
    this.#kept = Buffer.from(this.#kept.subarray(keep))
    this.#offset += keep
    this.#seen -= keep
  }

  /** Returns the finding after the last byte. @param path of the file */
  end(path: string): SecretMatch | undefined {
    this.#scan(this.#kept.length)
    if (this.#finding || this.#size > 2 * BARE_BYTES || BARE_KEY.harmless.test(path)) return this.#finding
    const isBareKey = BARE_KEY.contents.test(Buffer.from(this.#start).toString('latin1'))
    return isBareKey ? { what: BARE_KEY.what, at: 0 } : undefined
  }

  /** Scans for secrets that start before `to`. */
  #scan(to: number): void {
    if (this.#finding || to <= this.#seen) return
    const bytes = this.#kept
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const { keywords, rules } = searchOf()
    keywords.search(bytes, this.#seen, bytes.length, (keyword, at) => {
      if (at >= to) return false
      const from = Math.max(0, at - BEHIND)
      const around = text.toString('latin1', from, at + AHEAD)
      const rule = rules[keyword]?.find((candidate) => matches(candidate, around, at - from))
      if (rule) this.#finding = { what: rule.what, at: this.#offset + at }
      return rule !== undefined
    })
    this.#seen = to
  }

  /** Reduces UTF-16, which PowerShell writes, to its ASCII characters by dropping zero bytes. */
  #asText(bytes: Uint8Array): Uint8Array {
    if (this.#skipsZeros !== undefined) return this.#skipsZeros ? bytes.filter((byte) => byte !== 0) : bytes
    const beginning = this.#beginning.length === 0 ? bytes : Buffer.concat([this.#beginning, bytes])
    const [first, second] = beginning
    if (second === undefined) {
      // Copied, because the caller may reuse its buffer.
      this.#beginning = Buffer.from(beginning)
      return NOTHING
    }
    this.#skipsZeros = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
    return this.#skipsZeros ? beginning.subarray(2).filter((byte) => byte !== 0) : beginning
  }
}

function matches({ pattern }: ContentRule, text: string, at: number): boolean {
  pattern.lastIndex = at
  const match = pattern.exec(text)
  return match !== null && !isPlaceholder(match.groups?.value ?? '')
}
