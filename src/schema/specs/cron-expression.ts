interface Field {
  readonly name: string
  readonly min: number
  readonly max: number
  readonly words?: readonly string[]
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

const FIELDS: readonly Field[] = [
  { name: 'second', min: 0, max: 59 },
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of the month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, words: MONTHS },
  { name: 'day of the week', min: 0, max: 6, words: DAYS },
]
const SHORTHANDS = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']

/**
 * Checks a cron expression with seconds: six fields, or a shorthand such as @daily. The server would also refuse a
 * wrong one, but only when the cron is added.
 */
export function cronProblem(text: string): string | undefined {
  if (text.startsWith('@'))
    return SHORTHANDS.includes(text) ? undefined : `must be one of ${SHORTHANDS.join(', ')}, or six fields`
  const fields = text.trim().split(/\s+/)
  if (text.trim() === '' || fields.length !== FIELDS.length) {
    const five = fields.length === 5 ? '; the seconds are missing: put 0 in front' : ''
    return `must have six fields: second, minute, hour, day of the month, month, day of the week${five}`
  }
  for (const [i, field] of FIELDS.entries()) {
    const problem = fieldProblem(fields[i] ?? '', field)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** A field is a list of `*`, `?`, numbers, names and ranges, each with an optional step. */
function fieldProblem(text: string, field: Field): string | undefined {
  const wrong = (why: string) => `has a ${field.name} that ${why}: ${text}`
  for (const part of text.split(',')) {
    const match = /^(?:[*?]|(\w+)(?:-(\w+))?)(?:\/(\d{1,4}))?$/.exec(part)
    if (!match) return wrong('is invalid')
    const [, from, to, step] = match
    if (step !== undefined && Number(step) === 0) return wrong('has a step of 0')
    const ends = [from, to].flatMap((end) => (end === undefined ? [] : [valueOf(end, field)]))
    if (ends.some((end) => end === undefined)) return wrong(`is not between ${field.min} and ${field.max}`)
    const [first, last] = ends
    if (first !== undefined && last !== undefined && first > last) return wrong('ends before it starts')
  }
  return undefined
}

function valueOf(text: string, { min, max, words }: Field): number | undefined {
  const word = words?.indexOf(text.toLowerCase()) ?? -1
  if (word >= 0) return word + min
  const value = /^\d{1,2}$/.test(text) ? Number(text) : NaN
  return value >= min && value <= max ? value : undefined
}
