import { versionKey } from './version-key.ts'

/** Keys of releases from `from` up to, but not including, `to`. */
export interface Interval {
  readonly from: number
  readonly to: number
}

/**
 * Reads comparators that all have to hold, such as `^1.2.0` or `>=1 <2.5`, written in one of the common ways. Returns
 * undefined for anything else, such as a pre-release.
 */
export function readComparators(text: string): Interval | undefined {
  if (!text.includes(' ')) return readComparator(text)
  let from = 0
  let to = Infinity
  for (const part of text.split(' ')) {
    const interval = part === '' ? undefined : readComparator(part)
    if (interval === undefined) return undefined
    from = Math.max(from, interval.from)
    to = Math.min(to, interval.to)
  }
  return { from, to }
}

const DOT = 0x2e
const ZERO = 0x30
const MOST_DIGITS = 6

/** Reads one comparator: an operator and one to three numbers, or `*`. */
function readComparator(text: string): Interval | undefined {
  const operator = operatorOf(text)
  const numbers: number[] = []
  let digits = 0
  let number = 0
  for (let at = operator.length; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : DOT
    if (code >= ZERO && code <= ZERO + 9) {
      if (digits === MOST_DIGITS || (digits > 0 && number === 0)) return undefined
      number = number * 10 + code - ZERO
      digits++
    } else if (code === DOT && digits > 0 && numbers.length < 3) {
      numbers.push(number)
      number = digits = 0
    } else {
      if (!isAny(text, at)) return undefined
      break
    }
  }
  if (numbers.length === 0) return operator === '' ? { from: 0, to: Infinity } : undefined
  return intervalOf(operator, numbers)
}

/** Returns whether the rest of a comparator is an `x`, for any number. */
function isAny(text: string, at: number): boolean {
  return at === text.length - 1 && (text[at] === 'x' || text[at] === 'X' || text[at] === '*')
}

function operatorOf(text: string): string {
  const first = text.charAt(0)
  if (first === '^' || first === '~' || first === '=') return first
  if (first === '>' || first === '<') return text.charAt(1) === '=' ? text.slice(0, 2) : first
  return ''
}

/** @param numbers one to three; those left out can be any */
function intervalOf(operator: string, numbers: readonly number[]): Interval | undefined {
  const from = versionKey(numbers[0] ?? 0, numbers[1] ?? 0, numbers[2] ?? 0)
  const after = keyAfter(numbers, numbers.length - 1)
  if (from === undefined || after === undefined) return undefined
  switch (operator) {
    case '^': {
      const first = numbers.findIndex((number) => number > 0)
      const to = first < 0 ? after : keyAfter(numbers, first)
      return to === undefined ? undefined : { from, to }
    }
    case '~': {
      const to = numbers.length === 3 ? keyAfter(numbers, 1) : after
      return to === undefined ? undefined : { from, to }
    }
    case '>=':
      return { from, to: Infinity }
    case '>':
      return { from: after, to: Infinity }
    case '<':
      return { from: 0, to: from }
    case '<=':
      return { from: 0, to: after }
    default:
      return { from, to: after }
  }
}

/** Returns the key of the first release after all those that start with the numbers up to an index. */
function keyAfter(numbers: readonly number[], last: number): number | undefined {
  const [major = 0, minor = 0, patch = 0] = numbers
  if (last === 0) return versionKey(major + 1, 0, 0)
  if (last === 1) return versionKey(major, minor + 1, 0)
  return versionKey(major, minor, patch + 1)
}
