import type { z } from 'zod'

/** Describes a problem with an argument whose schema has no message for it. */
export function argumentProblem(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.expected === 'int') return 'must be a whole number'
      return issue.expected === 'number' ? 'must be a number' : undefined
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`
    case 'too_small':
      return `must ${bound(issue.origin, 'at least', Number(issue.minimum), issue.inclusive === false ? 'more than' : undefined)}`
    case 'too_big':
      return `must ${bound(issue.origin, 'at most', Number(issue.maximum), issue.inclusive === false ? 'less than' : undefined)}`
    default:
      return undefined
  }
}

/** @param strictly the word to use if the bound itself is not allowed */
function bound(origin: string, usually: string, limit: number, strictly = usually): string {
  if (origin === 'string') return `have ${usually} ${limit} characters`
  return origin === 'array' ? `be ${usually} ${limit}` : `be ${strictly} ${limit}`
}
