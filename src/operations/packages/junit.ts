import path from 'node:path'
import { CpmError } from '../../core/errors.ts'
import { problemText } from '../../core/problem.ts'
import { writeUserFile } from '../../core/user-files.ts'
import type { Problem } from '../../core/yaml.ts'
import type { Session } from '../session.ts'

/** A test in a report for CI systems. */
export interface JUnitCase {
  /** the file that it is about */
  readonly suite: string
  readonly name: string
  /** empty if it passed */
  readonly failures: readonly string[]
}

interface Report<T> {
  /** relative to the working folder; without it, nothing is written */
  readonly file: string | undefined
  readonly name: string
  readonly casesOf: (value: T) => readonly JUnitCase[]
}

/** Does some checks and writes their results in JUnit's format, also if they fail. */
export async function withJUnit<T>(
  { cwd }: Pick<Session, 'cwd'>,
  { file, name, casesOf }: Report<T>,
  work: () => Promise<T>,
): Promise<T> {
  const write = (cases: readonly JUnitCase[]) => {
    if (file !== undefined) writeUserFile(path.resolve(cwd, file), junitXml(name, cases))
  }
  try {
    const value = await work()
    write(casesOf(value))
    return value
  } catch (error) {
    if (error instanceof CpmError && error.code !== 'INTERRUPTED')
      write('tests' in error.details ? casesOf(error.details as T) : failedCases(error))
    throw error
  }
}

/** Returns a failed case for each problem of an error. */
function failedCases({ code, message, details }: CpmError): JUnitCase[] {
  const problems = (details.problems ?? []) as readonly Partial<Problem>[]
  const located = problems.filter((problem): problem is Problem => problem.file !== undefined)
  if (located.length === 0) return [{ suite: 'colony.yaml', name: code, failures: [message] }]
  return located.map((problem) => ({ suite: problem.file, name: problem.message, failures: [problemText(problem)] }))
}

/** Writes cases as XML, grouped by the file that they are about. */
export function junitXml(name: string, cases: readonly JUnitCase[]): string {
  const suites = [...new Set(cases.map(({ suite }) => suite))].map((suite) => {
    const members = cases.filter((each) => each.suite === suite)
    return [`  <testsuite ${attributes({ name: suite, ...sums(members) })}>`, ...members.map(caseXml), '  </testsuite>']
  })
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes({ name, ...sums(cases) })}>`,
    ...suites.flat(),
    '</testsuites>\n',
  ].join('\n')
}

function sums(cases: readonly JUnitCase[]) {
  const failures = cases.filter((each) => each.failures.length > 0).length
  return { tests: String(cases.length), failures: String(failures) }
}

function caseXml({ suite, name, failures }: JUnitCase): string {
  const start = `    <testcase ${attributes({ classname: suite, name, file: suite })}`
  if (failures.length === 0) return `${start}/>`
  const [first = ''] = failures
  const message = attributes({ message: first.split('\n')[0] ?? '' })
  return `${start}>\n      <failure ${message}>${escaped(failures.join('\n'))}</failure>\n    </testcase>`
}

function attributes(values: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(values).map(([key, value]) => `${key}="${escaped(value)}"`)
  return pairs.join(' ')
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
/** XML has no way to write these. */
const IMPOSSIBLE =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

function escaped(text: string): string {
  return text.replace(IMPOSSIBLE, '\ufffd').replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char)
}
