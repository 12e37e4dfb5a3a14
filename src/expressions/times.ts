import { Failure } from './failure.ts'

/**
 * Timestamps and durations in whole nanoseconds. They come from values only: there is no clock. Everything is in UTC or
 * at an explicit offset, because the meaning of a named zone depends on the machine.
 */

const SECOND = 1_000_000_000n
const EARLIEST = -62_135_596_800n * SECOND
const LATEST = 253_402_300_800n * SECOND - 1n
const LONGEST = 2n ** 63n - 1n

const UNITS = new Map<string, bigint>([
  ['h', 3600n * SECOND],
  ['m', 60n * SECOND],
  ['s', SECOND],
  ['ms', 1_000_000n],
  ['us', 1000n],
  ['µs', 1000n],
  ['ns', 1n],
])

export class Timestamp {
  /** since 1970-01-01T00:00:00Z */
  readonly nanos: bigint

  constructor(nanos: bigint) {
    if (nanos < EARLIEST || nanos > LATEST) throw new Failure('the timestamp is not between the years 1 and 9999')
    this.nanos = nanos
  }

  /** Parses RFC 3339, such as `2024-05-01T12:00:00Z`. */
  static parse(text: string): Timestamp {
    const wrong = () => new Failure('a timestamp looks like 2024-05-01T12:00:00Z')
    const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text)
    if (!match) throw wrong()
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number)
    const date = new Date(0)
    date.setUTCFullYear(year, month - 1, day)
    date.setUTCHours(hour, minute, second)
    const isReal =
      date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60
    if (!isReal) throw wrong()
    const nanos = BigInt((match[7] ?? '').padEnd(9, '0'))
    const offset = match[8] === 'Z' ? 0 : offsetMinutes(match[8] ?? '')
    return new Timestamp((BigInt(date.getTime()) / 1000n - BigInt(offset * 60)) * SECOND + nanos)
  }

  /** A date whose UTC fields show the time at an offset. */
  at(offset = 'UTC'): Date {
    const minutes = offset === 'UTC' || offset === 'Z' ? 0 : offsetMinutes(offset)
    return new Date(Number(floorDivide(this.nanos, 1_000_000n)) + minutes * 60_000)
  }

  get seconds(): bigint {
    return floorDivide(this.nanos, SECOND)
  }

  toString(): string {
    const seconds = new Date(Number(this.seconds) * 1000).toISOString().slice(0, -5)
    return `${seconds}${fraction(this.nanos - this.seconds * SECOND)}Z`
  }
}

export class Duration {
  readonly nanos: bigint

  constructor(nanos: bigint) {
    if (nanos < -LONGEST || nanos > LONGEST) throw new Failure('the duration is longer than 292 years')
    this.nanos = nanos
  }

  /** Parses `90s`, `1h30m`, `-1.5s`. */
  static parse(text: string): Duration {
    const [, sign, parts = ''] = /^([+-]?)((?:\d{1,15}(?:\.\d{0,15})?(?:h|ms|us|µs|ns|m|s)){1,20}|0)$/.exec(text) ?? []
    if (sign === undefined) throw new Failure('a duration looks like 1h30m, 90s or 250ms')
    let nanos = 0n
    for (const [, whole = '', decimals = '', unit = ''] of parts.matchAll(/(\d+)(?:\.(\d*))?([a-zµ]+)/g)) {
      const size = UNITS.get(unit) ?? 0n
      nanos += BigInt(whole) * size + (BigInt(decimals || '0') * size) / 10n ** BigInt(decimals.length)
    }
    return new Duration(sign === '-' ? -nanos : nanos)
  }

  /** Whole units, truncated. */
  in(unit: 'h' | 'm' | 's' | 'ms'): bigint {
    return this.nanos / (UNITS.get(unit) ?? 1n)
  }

  toString(): string {
    const nanos = this.nanos < 0n ? -this.nanos : this.nanos
    return `${this.nanos < 0n ? '-' : ''}${nanos / SECOND}${fraction(nanos % SECOND)}s`
  }
}

/** The day of the year, from 0. */
export function dayOfYear(date: Date): number {
  const start = new Date(0)
  start.setUTCFullYear(date.getUTCFullYear(), 0, 1)
  return Math.floor((date.getTime() - start.getTime()) / 86_400_000)
}

function offsetMinutes(text: string): number {
  const [, sign, hours, minutes] = /^([+-]?)(\d\d):(\d\d)$/.exec(text) ?? []
  if (sign === undefined || Number(hours) > 23 || Number(minutes) > 59)
    throw new Failure('a time zone is UTC or an offset such as +02:00')
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}

function fraction(nanos: bigint): string {
  return nanos === 0n ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`
}

function floorDivide(a: bigint, b: bigint): bigint {
  return a / b - (a % b < 0n ? 1n : 0n)
}
