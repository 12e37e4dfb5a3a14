import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { conformanceCases, failureOf, skipReason } from './conformance.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')

/** The names of the cases that fail, with what they need. */
const KNOWN = JSON.parse(
  fs.readFileSync(path.join(ROOT, 'fixtures/expressions/known-failures.json'), 'utf8'),
) as Record<string, string>

const all = conformanceCases()
const skipped = all.flatMap((one) => skipReason(one) ?? [])
const applicable = all.filter((one) => skipReason(one) === undefined)
const failed = new Map(
  applicable.flatMap((one) => {
    const failure = failureOf(one)
    return failure === undefined ? [] : [[one.path, failure] as const]
  }),
)

test("CEL's conformance cases pass, except for known failures", () => {
  const surprises = [...failed].filter(([name]) => !Object.hasOwn(KNOWN, name))
  expect(surprises).toEqual([])
})

test('every known failure still fails', () => {
  expect(Object.keys(KNOWN).filter((name) => !failed.has(name))).toEqual([])
})

test('docs/expressions.md has the current figures', () => {
  const docs = fs.readFileSync(path.join(ROOT, 'docs/expressions.md'), 'utf8')
  const count = (values: readonly string[]) => {
    const counts = new Map<string, number>()
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
    return [...counts]
  }
  const number = (value: number) => value.toLocaleString('en-US')
  const rows = [
    `| pass | ${number(applicable.length - failed.size)} |`,
    ...count(Object.values(KNOWN)).map(([reason, times]) => `| fail: ${reason} | ${number(times)} |`),
    ...count(skipped).map(([reason, times]) => `| skipped: ${reason} | ${number(times)} |`),
    `| all | ${number(all.length)} |`,
  ]
  const table = docs.split('\n').filter((line) => /^\| (?:pass|fail: .*|skipped: .*|all) \|/.test(line))
  expect(table.sort()).toEqual(rows.sort())
})
