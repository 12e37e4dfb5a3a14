import { RE2JS, RE2JSException } from '@bufbuild/re2'
import type { Spend } from '../budget.ts'
import { Failure } from '../failure.ts'

/**
 * Regular expressions in RE2’s language and in linear time, as CEL has them: JavaScript’s own can take for ever on a short
 * text. A pattern is paid for by its size with all repetitions written out, each text by its length and the size of the pattern.
 */

const MAX_PATTERN = 256
const MAX_KEPT = 200

const compiled = new Map<string, RE2JS>()

export function matches(text: string, pattern: string, spend: Spend): boolean {
  if (pattern.length > MAX_PATTERN) throw new Failure(`the regular expression is longer than ${MAX_PATTERN} characters`)
  const size = pattern.length * (1 + repetitions(pattern))
  spend(size * 100)
  spend(text.length * (1 + size / 64))
  return compile(pattern).test(text)
}

function compile(pattern: string): RE2JS {
  const found = compiled.get(pattern)
  if (found) return found
  try {
    const regex = RE2JS.compile(pattern)
    if (compiled.size >= MAX_KEPT) compiled.clear()
    compiled.set(pattern, regex)
    return regex
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    throw new Failure(`the regular expression can’t be read: ${error.message.slice(0, 100)}`)
  }
}

/** All counts of `{n,m}` together. */
function repetitions(pattern: string): number {
  return [...pattern.matchAll(/\{(\d{1,9})(?:,(\d{0,9}))?\}/g)].reduce(
    (sum, [, low, high]) => sum + Math.max(Number(low), Number(high ?? 0)),
    0,
  )
}
