import { randomBytes } from 'node:crypto'

/** No sensible document is nested deeper, and recursive code would run out of stack. */
const MAX_DEPTH = 500
const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * A number that JavaScript would write differently: `1.0`, `1e3`, `-0`, or an integer that a double can't hold. It
 * extends Number so that its value survives JSON.stringify and messages to threads.
 */
export class ExactNumber extends Number {
  readonly text: string
  constructor(text: string) {
    super(text)
    this.text = text
  }
}

/** Returns a double that stays a float: without a fraction, a plain number would look like an integer. */
export function floatOf(value: number): number | ExactNumber {
  return Number.isInteger(value) ? new ExactNumber(floatText(value)) : value
}

/** Writes a double so that readers recognize it as one. */
export function floatText(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value)
  return /^-?\d+$/.test(text) ? `${text}.0` : text
}

/**
 * Parses JSON so that `exactJson` writes every number exactly as it is in `text`.
 * @throws SyntaxError, or RangeError if it is nested too deeply
 */
export function parseLosslessJson(text: string): unknown {
  return parseMarked(
    text,
    (number) => JSON.stringify(Number(number)) !== number,
    (number) => new ExactNumber(number),
  )
}

/**
 * Turns some numbers into strings before parsing, prefixed with a random marker. It is chosen after the text was
 * written, so nothing in the text can imitate it.
 */
function parseMarked(text: string, isMarked: (number: string) => boolean, read: (number: string) => unknown): unknown {
  const spans = numbersIn(text, isMarked)
  if (spans.length === 0) return JSON.parse(text)
  // Checks the original first: quotes would make invalid numbers, such as 01, acceptable.
  JSON.parse(text)
  const mark = randomBytes(16).toString('hex')
  let marked = ''
  let done = 0
  for (const { from, to } of spans) {
    marked += `${text.slice(done, from)}"${mark}${text.slice(from, to)}"`
    done = to
  }
  return JSON.parse(marked + text.slice(done), (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? read(value.slice(mark.length)) : value,
  )
}

/** Writes JSON with all digits of bigints and ExactNumbers, in which a float stays a float. */
export function exactJson(value: unknown, indent?: number): string {
  const mark = randomBytes(16).toString('hex')
  const text = JSON.stringify(value, (_, inner: unknown) => marked(inner, mark), indent)
  return text.replaceAll(new RegExp(`"${mark}([^"]*)"`, 'g'), '$1')
}

function marked(value: unknown, mark: string): unknown {
  if (typeof value === 'bigint') return `${mark}${value}`
  if (value instanceof ExactNumber) return `${mark}${value.text}`
  // An ExactNumber from another thread arrives as a plain Number object.
  return value instanceof Number ? `${mark}${floatText(Number(value))}` : value
}

interface Span {
  readonly from: number
  readonly to: number
}

/** Finds the numbers to mark. */
function numbersIn(text: string, isMarked: (number: string) => boolean): Span[] {
  const found: Span[] = []
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > MAX_DEPTH) throw new RangeError(`is nested deeper than ${MAX_DEPTH}`)
    } else if (code === 0x5d || code === 0x7d) depth--
    else if (code === 0x2d || isDigit(code)) {
      let to = at + 1
      while (to < text.length && isOfNumber(text.charCodeAt(to))) to++
      const number = text.slice(at, to)
      if (isMarked(number)) found.push({ from: at, to })
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

/** Whether a character can be part of a number: a digit or one of + - . E e */
function isOfNumber(code: number): boolean {
  return isDigit(code) || code === 0x2b || code === 0x2d || code === 0x2e || code === 0x45 || code === 0x65
}
