import type { Policy } from '../schema/policy.ts'
import { matchesName, type NamePattern } from '../schema/token.ts'

/**
 * The rules of one file. All layers apply at once, so that none makes another weaker: if several mention the same thing,
 * the strictest counts.
 */
export interface Layer {
  /** the file or address, for messages */
  readonly origin: string
  /** whether it replaces cpm's defaults; a project's layer only adds to them */
  readonly isUsers: boolean
  readonly policy: Policy
}

/** Returns the value of the most specific pattern that matches a name. */
export function valueFor<T>(map: Readonly<Record<string, T>>, name: string): T | undefined {
  const [best] = (Object.keys(map) as NamePattern[])
    .filter((pattern) => matchesName(pattern, name))
    .sort((a, b) => specificity(b) - specificity(a))
  return best === undefined ? undefined : map[best]
}

/** A whole name is more specific than any pattern. */
function specificity(pattern: NamePattern): number {
  return pattern.endsWith('*') ? pattern.length - 1 : Infinity
}
