import { Failure } from '../failure.ts'
import { asText } from './core.ts'
import { declare } from './declare.ts'
import { formatText } from './format.ts'
import { matches } from './regex.ts'
import { lengthOf, offsetOf, pointOf, pointsOf, slice, wellFormed } from './text.ts'
import type { Spend } from '../budget.ts'

const OUTSIDE = 'the index is out of range'

/** Strings. Indexes count code points from 0. */
export const STRINGS = declare({
  'string.contains(string): bool': (spend, text: string, part: string) => {
    spend(text.length)
    return text.includes(part)
  },
  'string.startsWith(string): bool': (spend, text: string, part: string) => {
    spend(part.length / 16)
    return text.startsWith(part)
  },
  'string.endsWith(string): bool': (spend, text: string, part: string) => {
    spend(part.length / 16)
    return text.endsWith(part)
  },
  'string.matches(string): bool': (spend, text: string, pattern: string) => matches(text, pattern, spend),
  'matches(string, string): bool': (spend, text: string, pattern: string) => matches(text, pattern, spend),
  'string.charAt(int): string': (spend, text: string, at: bigint) => {
    spend(text.length / 16)
    const length = BigInt(lengthOf(text))
    if (at === length) return ''
    return slice(text, at, at + 1n, spend) ?? fail(OUTSIDE)
  },
  'string.indexOf(string): int': (spend, text: string, part: string) => indexOf(text, part, 0n, spend),
  'string.indexOf(string, int): int': (spend, text: string, part: string, from: bigint) =>
    indexOf(text, part, from, spend),
  'string.lastIndexOf(string): int': (spend, text: string, part: string) => {
    spend(text.length)
    return pointOf(text, text.lastIndexOf(part))
  },
  'string.lastIndexOf(string, int): int': (spend, text: string, part: string, from: bigint) => {
    spend(text.length)
    return pointOf(text, text.lastIndexOf(part, offsetOf(text, from) ?? fail(OUTSIDE)))
  },
  'string.substring(int): string': (spend, text: string, from: bigint) =>
    slice(text, from, undefined, spend) ?? fail(OUTSIDE),
  'string.substring(int, int): string': (spend, text: string, from: bigint, to: bigint) =>
    slice(text, from, to, spend) ?? fail(OUTSIDE),
  'string.lowerAscii(): string': (spend, text: string) => {
    spend(text.length)
    return text.replace(/[A-Z]+/g, (part) => part.toLowerCase())
  },
  'string.upperAscii(): string': (spend, text: string) => {
    spend(text.length)
    return text.replace(/[a-z]+/g, (part) => part.toUpperCase())
  },
  'string.trim(): string': (spend, text: string) => {
    spend(text.length)
    return trim(text)
  },
  'string.reverse(): string': (spend, text: string) => {
    spend(text.length)
    return pointsOf(text).reverse().join('')
  },
  'string.replace(string, string): string': (spend, text: string, old: string, by: string) =>
    replace(text, old, by, -1n, spend),
  'string.replace(string, string, int): string': (spend, text: string, old: string, by: string, times: bigint) =>
    replace(text, old, by, times, spend),
  'string.split(string): list<string>': (spend, text: string, separator: string) => split(text, separator, -1n, spend),
  'string.split(string, int): list<string>': (spend, text: string, separator: string, limit: bigint) =>
    split(text, separator, limit, spend),
  'list<string>.join(): string': (spend, items: unknown[]) => joinTexts(items, '', spend),
  'list<string>.join(string): string': (spend, items: unknown[], separator: string) =>
    joinTexts(items, separator, spend),
  'string.format(list<dyn>): string': (spend, template: string, args: unknown[]) => formatText(template, args, spend),
  'strings.quote(string): string': (spend, text: string) => {
    spend(text.length * 2)
    return quote(text)
  },
})

function fail(message: string): never {
  throw new Failure(message)
}

function indexOf(text: string, part: string, from: bigint, spend: Spend): bigint {
  spend(text.length)
  const offset = offsetOf(text, from) ?? fail(OUTSIDE)
  return pointOf(text, text.indexOf(part, offset))
}

/** Trims Unicode white space, which differs slightly from JavaScript's. */
function trim(text: string): string {
  return text.replace(/^[\p{White_Space}]+/u, '').replace(/(?<![\p{White_Space}])[\p{White_Space}]+$/u, '')
}

/** Splits a string; the pieces are paid for before they exist. */
function split(text: string, separator: string, limit: bigint, spend: Spend): string[] {
  spend(text.length)
  const most = limit < 0n || limit > BigInt(text.length) + 1n ? text.length + 1 : Number(limit)
  if (most === 0) return []
  if (separator === '') {
    const points = pointsOf(text)
    return points.length <= most ? points : [...points.slice(0, most - 1), points.slice(most - 1).join('')]
  }
  const pieces = text.split(separator)
  return pieces.length <= most ? pieces : [...pieces.slice(0, most - 1), pieces.slice(most - 1).join(separator)]
}

function replace(text: string, old: string, by: string, times: bigint, spend: Spend): string {
  if (times === 0n) return text
  const limit = times < 0n ? -1n : times + 1n
  const pieces = old === '' ? betweenAll(text, limit, spend) : split(text, old, limit, spend)
  spend(text.length + pieces.length * by.length)
  return pieces.join(by)
}

/** Splits around every character. */
function betweenAll(text: string, limit: bigint, spend: Spend): string[] {
  spend(text.length)
  const pieces = ['', ...pointsOf(text), '']
  const most = limit < 0n || limit > BigInt(pieces.length) ? pieces.length : Number(limit)
  return most >= pieces.length ? pieces : [...pieces.slice(0, most - 1), pieces.slice(most - 1).join('')]
}

function joinTexts(items: unknown[], separator: string, spend: Spend): string {
  spend(items.length)
  const texts = items.map(asText)
  spend(texts.reduce((sum, text) => sum + text.length + separator.length, 0))
  return texts.join(separator)
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
}

function quote(text: string): string {
  return `"${wellFormed(text).replace(/[\x07-\r\\"]/g, (c) => ESCAPES[c] ?? c)}"`
}
