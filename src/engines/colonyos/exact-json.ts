import { randomBytes } from 'node:crypto'

/** Beyond this nesting nobody means what is written, and what walks over it recursively would run out of stack. */
const MAX_DEPTH = 500
const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * Reads JSON so that no integer loses digits: one that a double can't hold comes as a bigint. Such integers are put into quotes before the
 * text is parsed, marked by a word that was drawn after the text was written, so nothing in the text can look like one.
 * @throws SyntaxError
 */
export function parseExactJson(text: string): unknown {
  const large = largeIntegers(text)
  if (large.length === 0) return JSON.parse(text)
  const mark = randomBytes(16).toString('hex')
  let marked = ''
  let done = 0
  for (const { from, to } of large) {
    marked += `${text.slice(done, from)}"${mark}${text.slice(from, to)}"`
    done = to
  }
  return JSON.parse(marked + text.slice(done), (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  )
}

/** Writes JSON in which a bigint is an integer with all of its digits. */
export function exactJson(value: unknown): string {
  const mark = randomBytes(16).toString('hex')
  const text = JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? `${mark}${inner}` : inner))
  return text.replaceAll(new RegExp(`"${mark}(-?\\d+)"`, 'g'), '$1')
}

interface Span {
  readonly from: number
  readonly to: number
}

/** Where integers stand that a double can't hold. */
function largeIntegers(text: string): Span[] {
  const found: Span[] = []
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > MAX_DEPTH) throw new SyntaxError(`nested deeper than ${MAX_DEPTH}`)
    } else if (code === 0x5d || code === 0x7d) depth--
    else if (code === 0x2d || isDigit(code)) {
      let to = at + 1
      while (to < text.length && isOfNumber(text.charCodeAt(to))) to++
      const number = text.slice(at, to)
      if (/^-?[1-9]\d{15,}$/.test(number) && !Number.isSafeInteger(Number(number))) found.push({ from: at, to })
      at = to - 1
    }
  }
  return found
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH) at++
    else if (code === QUOTE) return at
  }
  return text.length
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

/** Digits, and what else a number may hold: + - . E e */
function isOfNumber(code: number): boolean {
  return isDigit(code) || code === 0x2b || code === 0x2d || code === 0x2e || code === 0x45 || code === 0x65
}
