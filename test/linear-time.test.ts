import { describe, expect, test } from 'vitest'
import { findConflict } from '../src/core/conflict-markers.ts'
import { readJson } from '../src/core/json.ts'
import { parseExpression } from '../src/expressions/syntax.ts'
import { entryPathProblem } from '../src/package/entry-path.ts'
import { readFileTable } from '../src/package/file-table.ts'
import { isScript } from '../src/package/script-line.ts'
import { readLockText } from '../src/installer/lockfile.ts'
import { parseRegistryUrl } from '../src/registry-client/registry-url.ts'
import { PackageName } from '../src/schema/name.ts'
import { matchesName, NamePattern } from '../src/schema/token.ts'
import { Requirement, Version } from '../src/schema/version.ts'
import { Line } from '../src/schema/text.ts'
import { parseSetOption } from '../src/workflow/values/set-option.ts'

// Every pattern that meets a stranger's text, with the texts that make a backtracking one take forever.

const SEEDS = [
  'a',
  '-',
  ' ',
  '0',
  '1.',
  '.',
  '/',
  '@a/',
  '|| ',
  '>=',
  '\\',
  '(',
  '[',
  '{"a":',
  '"',
  '\n',
  '<<<<<<< ',
  '${',
  '*',
  ',',
  'é',
  '= ',
]

const READERS: Record<string, (text: string) => unknown> = {
  'a package name': (text) => PackageName.safeParse(text),
  'a version': (text) => Version.safeParse(text),
  'a requirement': (text) => Requirement.safeParse(text),
  'a pattern of names': (text) => NamePattern.safeParse(text).success && matchesName(text as NamePattern, text),
  'a line of text': (text) => Line.safeParse(text),
  'a path in a package': entryPathProblem,
  'a file table': readFileTable,
  'the first line of a script': (text) => isScript(Buffer.from(text)),
  'a lock': readLockText,
  'conflict markers': findConflict,
  JSON: readJson,
  'the URL of a registry': parseRegistryUrl,
  'an expression': parseExpression,
  'a value on the command line': (text) => parseSetOption(text),
}

/** Returns the milliseconds that a reader takes, the best of three. It may refuse the text. */
function time(read: (text: string) => unknown, text: string): number {
  const runs = [1, 2, 3].map(() => {
    const start = performance.now()
    try {
      read(text)
    } catch {
      // a refusal
    }
    return performance.now() - start
  })
  return Math.min(...runs)
}

describe('D04 the time to read', () => {
  test.each(Object.keys(READERS))('%s grows with its length, not faster', (name) => {
    const read = READERS[name] ?? String
    for (const seed of SEEDS) {
      const text = (bytes: number) => `${seed.repeat(bytes / seed.length)}!`
      const [short, long] = [time(read, text(20_000)), time(read, text(160_000))]
      // Eight times as long may take eight times as long, and more where both are too short to measure. Were it
      // quadratic, it would take 64 times as long.
      expect(long, `${JSON.stringify(seed)}: ${short} ms, then ${long} ms`).toBeLessThan(24 * Math.max(short, 5))
    }
  })
})
