import type { Spend } from '../budget.ts'
import { Failure } from '../failure.ts'
import { Duration, Timestamp } from '../times.ts'
import { kindName, TypeValue, Uint } from '../values.ts'
import { doubleText } from './core.ts'
import { decodeText } from './encoding.ts'

const MAX_PRECISION = 100

/**
 * `"%s has %d rows".format([name, rows])`: %s any value, %d %b %o %x %X whole numbers (%x also strings and bytes), %f
 * %e numbers.
 */
export function formatText(template: string, args: readonly unknown[], spend: Spend): string {
  spend(template.length)
  let next = 0
  const parts: string[] = []
  let at = 0
  for (const match of template.matchAll(/%(?:\.(\d{1,9}))?(.?)/gsu)) {
    const [all, precision, verb = ''] = match
    parts.push(template.slice(at, match.index))
    at = match.index + all.length
    if (verb === '%' && precision === undefined) parts.push('%')
    else {
      if (!'sdfeboxX'.includes(verb) || verb === '')
        throw new Failure(`unknown format %${verb}; use %s %d %f %e %b %o %x %X or %%`)
      if (next >= args.length) throw new Failure('the format needs more values than the list has')
      const text = clause(verb, precision === undefined ? undefined : Number(precision), args[next++], spend)
      spend(text.length)
      parts.push(text)
    }
  }
  parts.push(template.slice(at))
  return parts.join('')
}

function clause(verb: string, precision: number | undefined, value: unknown, spend: Spend): string {
  if (precision !== undefined && precision > MAX_PRECISION) throw new Failure(`the precision exceeds ${MAX_PRECISION}`)
  switch (verb) {
    case 's':
      return display(value, spend)
    case 'd':
      return typeof value === 'number' && !Number.isFinite(value) ? infinite(value) : String(whole(value, verb))
    case 'b':
      return typeof value === 'boolean' ? (value ? '1' : '0') : inBase(whole(value, verb), 2)
    case 'o':
      return inBase(whole(value, verb), 8)
    case 'x':
      return hex(value, spend)
    case 'X':
      return hex(value, spend).toUpperCase()
    default:
      return decimal(verb, precision ?? 6, value)
  }
}

function whole(value: unknown, verb: string): bigint {
  if (typeof value === 'bigint') return value
  if (value instanceof Uint) return value.value
  throw new Failure(`%${verb} needs a whole number, not ${kindName(value)}`)
}

function inBase(value: bigint, base: number): string {
  return value.toString(base)
}

function hex(value: unknown, spend: Spend): string {
  if (typeof value !== 'string' && !(value instanceof Uint8Array)) return inBase(whole(value, 'x'), 16)
  spend(value.length * 2)
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  return Buffer.from(bytes).toString('hex')
}

function decimal(verb: string, precision: number, value: unknown): string {
  const number = numberOf(value, verb)
  if (!Number.isFinite(number)) return infinite(number)
  if (verb === 'f')
    return typeof value === 'number'
      ? fixed(number, precision)
      : `${whole(value, 'f')}${precision > 0 ? `.${'0'.repeat(precision)}` : ''}`
  return number.toExponential(precision).replace(/e([+-])(\d)$/, 'e$10$2')
}

function numberOf(value: unknown, verb: string): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Uint) return Number(value.value)
  throw new Failure(`%${verb} needs a number, not ${kindName(value)}`)
}

/** Rounds half to even, and writes numbers from 1e21 up in full, which JavaScript writes with an exponent. */
function fixed(number: number, precision: number): string {
  if (Math.abs(number) >= 1e21) return `${BigInt(number)}${precision > 0 ? `.${'0'.repeat(precision)}` : ''}`
  const text = number.toFixed(precision)
  const scale = 10 ** precision
  const scaled = number * scale
  const isTie = precision < 15 && Math.abs(scaled % 1) === 0.5 && scaled / scale === number
  return isTie ? ((2 * Math.round(scaled / 2)) / scale).toFixed(precision) : text
}

function infinite(number: number): string {
  return Number.isNaN(number) ? 'NaN' : number > 0 ? 'Infinity' : '-Infinity'
}

/** Any value in a form for people. */
function display(value: unknown, spend: Spend): string {
  spend(1)
  if (value === null) return 'null'
  if (typeof value === 'string') {
    spend(value.length)
    return value
  }
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? doubleText(value) : infinite(value)
  if (value instanceof Uint) return String(value.value)
  if (value instanceof Uint8Array) return decodeText(value, spend)
  if (value instanceof Timestamp || value instanceof Duration) return value.toString()
  if (value instanceof TypeValue) return value.name
  if (Array.isArray(value))
    return enclosed(
      '[]',
      value.map((item) => display(item, spend)),
      spend,
    )
  if (!(value instanceof Map)) throw new Failure(`${kindName(value)} can't be formatted as a string`)
  const entries = [...(value as Map<unknown, unknown>)].map(
    ([key, entry]) => `${display(key, spend)}: ${display(entry, spend)}`,
  )
  spend(entries.length * 10)
  entries.sort((a, b) => (a < b ? -1 : 1))
  return enclosed('{}', entries, spend)
}

function enclosed(brackets: '[]' | '{}', parts: readonly string[], spend: Spend): string {
  spend(parts.reduce((sum, part) => sum + part.length + 2, 2))
  return `${brackets.charAt(0)}${parts.join(', ')}${brackets.charAt(1)}`
}
