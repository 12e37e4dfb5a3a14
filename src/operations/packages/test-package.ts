import path from 'node:path'
import { CpmError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import { inFolder, problemsError } from '../../core/yaml.ts'
import { projectOfFolder } from '../../installer/find-project.ts'
import { readFolderManifest } from '../../package/pack-folder.ts'
import type { PackageManifest } from '../../schema/manifest.ts'
import { checkTemplates } from '../../workflow/templates/check-templates.ts'
import { type GeneratedResult, runTests, type TestReport, type TestResult } from '../../workflow/tests/run-tests.ts'
import type { Session } from '../session.ts'
import { count } from '../../core/amounts.ts'
import { type JUnitCase, withJUnit } from './junit.ts'

/** Styles part of a line. */
type Mark = (format: 'green' | 'red' | 'dim', words: string) => string

export interface TestChoice {
  /** update the snapshots */
  update: boolean
  /** the seed of the values generated from the declared inputs */
  seed: number
  /** how many sets of values to generate for each workflow */
  rounds: number
}

export const USUAL_TESTS: TestChoice = { update: false, seed: 1, rounds: 20 }

/**
 * Runs the tests of the package in a folder. Runs no program of the package itself.
 * @throws CpmError WORKFLOW_INVALID, TESTS_FAILED
 */
export async function testPackage(
  { cwd, pool, signal }: Pick<Session, 'cwd' | 'pool' | 'signal'>,
  { root, manifest }: { root: string; manifest: PackageManifest },
  choice: TestChoice,
): Promise<TestReport> {
  const { packages } = projectOfFolder(root, cwd)
  const wrong = checkTemplates(root, manifest, packages)
  if (wrong.length > 0)
    throw inFolder(problemsError('WORKFLOW_INVALID', 'the templates have errors:', wrong, 'cpm validate'), root)
  const report = await runTests({ pool, root, manifest, packages, signal, ...choice })
  if ('problems' in report)
    throw inFolder(problemsError('TESTS_FAILED', "the tests can't be read:", report.problems), root)
  const failed = failuresIn(report)
  if (failed === 0) return report
  const text = [`${count(failed, 'test')} failed:`, ...reportLines(report, (_format, words) => words)].join('\n')
  const problems = report.tests.flatMap((test) => test.problems)
  throw inFolder(new CpmError('TESTS_FAILED', text, { details: { ...report, problems } }), root)
}

export interface TestOptions extends Partial<TestChoice> {
  /** a file for the results in JUnit's format, also if tests fail */
  junit?: string | undefined
  /** the folder of the package */
  dir?: string
}

/** Runs the tests of the package in a folder. @throws CpmError WORKFLOW_INVALID, TESTS_FAILED, MANIFEST_INVALID */
export async function test(session: Session, { dir = '.', junit, ...choice }: TestOptions = {}): Promise<TestReport> {
  const root = path.resolve(session.cwd, dir)
  return await withJUnit(session, { file: junit, name: 'cpm test', casesOf: testCases }, async () => {
    const manifest = readFolderManifest(root)
    return await testPackage(session, { root, manifest }, { ...USUAL_TESTS, ...choice })
  })
}

function testCases({ tests, generated }: TestReport): JUnitCase[] {
  const written = tests.map(({ file, name, failures }) => ({ suite: file, name, failures }))
  const made = generated.map(({ workflow, failure }) => ({
    suite: `workflows/${workflow}`,
    name: 'renders with generated values',
    failures: failure ? [`${failure.message}\nwith ${JSON.stringify(failure.values)}`] : [],
  }))
  return [...written, ...made]
}

/** Counts the tests in a report. */
export function testsIn({ tests, generated }: TestReport): number {
  return tests.length + generated.length
}

function failuresIn({ tests, generated }: TestReport): number {
  return tests.filter(({ failures }) => failures.length > 0).length + generated.filter(({ failure }) => failure).length
}

/** Formats a report as lines of text. */
export function reportLines({ tests, generated }: TestReport, style: Mark): string[] {
  return [...tests.flatMap((test) => testLines(test, style)), ...generated.flatMap((made) => madeLines(made, style))]
}

function testLines({ file, name, failures, snapshot }: TestResult, style: Mark): string[] {
  const note = snapshot === 'written' ? style('dim', ' (snapshot written)') : ''
  if (failures.length === 0) return [`${style('green', '✓')} ${file} ${name}${note}`]
  return [`${style('red', '✗')} ${file} ${name}`, ...failures.flatMap(indented)]
}

function madeLines({ workflow, seed, rounds, failure }: GeneratedResult, style: Mark): string[] {
  const what = `workflows/${workflow} with ${count(rounds, 'set')} of generated values (seed ${seed})`
  if (!failure) return [`${style('green', '✓')} ${what}`]
  const values = printable(JSON.stringify(failure.values))
  return [`${style('red', '✗')} ${what}`, ...indented(`with ${values}`), ...indented(failure.message)]
}

function indented(text: string): string[] {
  return text.split('\n').map((line) => `    ${line}`)
}
