import { z } from 'zod'

/** The words in messages for zod's types. */
export const TYPE_NAMES: ReadonlyMap<string, string> = new Map([
  ['string', 'a string'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['tuple', 'a list'],
  ['object', 'a map'],
  ['record', 'a map'],
  ['map', 'a map'],
  ['null', 'null'],
  ['date', 'a date'],
])

/** Describes a problem with a value, in words that follow its name: `version must be a string`. */
export function inOwnWords(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${TYPE_NAMES.get(issue.expected) ?? issue.expected}`
    case 'invalid_value': {
      const values = issue.values.map(String)
      return values.length === 1 ? `must be ${values.join('')}` : `must be one of ${values.join(', ')}`
    }
    case 'too_small':
      return sized(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)
    case 'too_big':
      return sized(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    case 'invalid_format':
      return FORMATS.get(issue.format) ?? 'contains characters that are not allowed'
    case 'unrecognized_keys':
      return `has ${issue.keys.length === 1 ? 'a key' : 'keys'} that cpm does not know: ${issue.keys.join(', ')}`
    case 'invalid_key':
      return 'has a key that is not allowed'
    case 'invalid_element':
      return 'has an item that is not allowed'
    default:
      return 'has none of the allowed forms'
  }
}

const FORMATS: ReadonlyMap<string, string> = new Map([
  ['url', 'must be a URL'],
  ['email', 'must be an email address'],
  ['datetime', 'must be a date and time such as 2026-01-31T12:00:00Z'],
  ['date', 'must be a date such as 2026-01-31'],
  ['base64', 'must be base64'],
  ['hex', 'must be hex digits'],
])

const UNITS: ReadonlyMap<string, [one: string, many: string]> = new Map([
  ['string', ['character', 'characters']],
  ['array', ['item', 'items']],
  ['set', ['item', 'items']],
  ['object', ['entry', 'entries']],
  ['map', ['entry', 'entries']],
  ['record', ['entry', 'entries']],
])

function sized(origin: string, bound: string, limit: number | bigint): string {
  const unit = UNITS.get(origin)
  return unit ? `must have ${bound} ${limit} ${unit[limit === 1 ? 0 : 1]}` : `must be ${bound} ${limit}`
}

// All code that reads outside data imports this file, so that users never see the library's own messages.
z.config({ localeError: inOwnWords })
