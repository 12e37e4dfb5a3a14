import { randomBytes } from 'node:crypto'

/** Beyond this nesting nobody means what is written, and what walks over it recursively would run out of stack. */
const MAX_DEPTH = 500
const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * A number that JavaScript would write in another way: `1.0`, `1e3`, `-0`, an integer that a double can't hold. It is a
 * Number object, of which threads and JSON.stringify know at least the value.
 */
export class ExactNumber extends Number {
  readonly text: string
  constructor(text: string) {
    super(text)
    this.text = text
  }
}

/** A double without a fraction as data: an object, since the number itself would pass for an integer. */
export function floatOf(value: number): number | ExactNumber {
  return Number.isInteger(value) ? new ExactNumber(floatText(value)) : value
}

/** How a double is written so that readers take it for one. */
export function floatText(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value)
  return /^-?\d+$/.test(text) ? `${text}.0` : text
}

/**
 * Reads JSON so that no integer loses digits: one that a double can't hold comes as a bigint.
 * @throws SyntaxError, or RangeError where it is nested too deep
 */
export function parseExactJson(text: string): unknown {
  return parseMarked(text, isLargeInteger, BigInt)
}

/**
 * Reads JSON so that `exactJson` writes every number as it was written here.
 * @throws SyntaxError, or RangeError where it is nested too deep
 */
export function parseLosslessJson(text: string): unknown {
  return parseMarked(
    text,
    (number) => JSON.stringify(Number(number)) !== number,
    (number) => new ExactNumber(number),
  )
}

/**
 * Some numbers are put into quotes before the text is parsed, marked by a word that was drawn after the text was written,
 * so nothing in the text can look like one.
 */
function parseMarked(text: string, isMarked: (number: string) => boolean, read: (number: string) => unknown): unknown {
  const spans = numbersIn(text, isMarked)
  if (spans.length === 0) return JSON.parse(text)
  // Quotes would make a number of what is none, such as 01.
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

/** Writes JSON in which a bigint and an ExactNumber are what they were, and a float stays one. */
export function exactJson(value: unknown, indent?: number): string {
  const mark = randomBytes(16).toString('hex')
  const text = JSON.stringify(value, (_, inner: unknown) => marked(inner, mark), indent)
  return text.replaceAll(new RegExp(`"${mark}([^"]*)"`, 'g'), '$1')
}

function marked(value: unknown, mark: string): unknown {
  if (typeof value === 'bigint') return `${mark}${value}`
  if (value instanceof ExactNumber) return `${mark}${value.text}`
  // what another thread handed on
  return value instanceof Number ? `${mark}${floatText(Number(value))}` : value
}

function isLargeInteger(number: string): boolean {
  return /^-?[1-9]\d{15,}$/.test(number) && !Number.isSafeInteger(Number(number))
}

interface Span {
  readonly from: number
  readonly to: number
}

/** Where the numbers stand that are to be marked. */
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

/** Digits, and what else a number may hold: + - . E e */
function isOfNumber(code: number): boolean {
  return isDigit(code) || code === 0x2b || code === 0x2d || code === 0x2e || code === 0x45 || code === 0x65
}
