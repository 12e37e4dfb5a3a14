import { RE2JS, RE2JSException } from '@bufbuild/re2'
import type { Spend } from '../budget.ts'
import { Failure } from '../failure.ts'

/**
 * RE2 regular expressions, as in CEL, which run in linear time: JavaScript's own can take forever on a short string. A
 * pattern costs its size with all repetitions written out, and a match the length of the string times that size.
 */

const MAX_PATTERN = 256
/** Steps per character of a pattern with all repetitions written out. */
const COMPILING = 400

/** The patterns of each budget: each is compiled and paid for once per render, whatever other renders compiled. */
const compiled = new WeakMap<Spend, Map<string, RE2JS>>()

export function matches(text: string, pattern: string, spend: Spend): boolean {
  if (pattern.length > MAX_PATTERN) throw new Failure(`the regular expression is longer than ${MAX_PATTERN} characters`)
  const size = pattern.length * (1 + repetitions(pattern))
  const known = compiled.get(spend) ?? new Map<string, RE2JS>()
  compiled.set(spend, known)
  let regex = known.get(pattern)
  if (!regex) {
    spend(size * COMPILING)
    known.set(pattern, (regex = compile(pattern)))
  }
  spend(text.length * (1 + size / 64))
  return regex.test(text)
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern)
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    throw new Failure(`invalid regular expression: ${error.message.slice(0, 100)}`)
  }
}

/** The sum of all counts in `{n,m}`. */
function repetitions(pattern: string): number {
  return [...pattern.matchAll(/\{(\d{1,9})(?:,(\d{0,9}))?\}/g)].reduce(
    (sum, [, low, high]) => sum + Math.max(Number(low), Number(high ?? 0)),
    0,
  )
}
