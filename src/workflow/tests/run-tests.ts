import path from 'node:path'
import { makeFolders, writeFileAtomic } from '../../core/atomic-file.ts'
import { CpmError } from '../../core/errors.ts'
import type { Pool } from '../../core/pool.ts'
import { readRegular } from '../../core/regular-file.ts'
import { problemText } from '../../core/problem.ts'
import type { Path, Problem } from '../../core/yaml.ts'
import type { SpecDocument } from '../../schema/specs/documents.ts'
import { prepareDocument } from '../prepare.ts'
import { namesakes } from '../specs/namesakes.ts'
import { printSpec } from '../specs/print-spec.ts'
import { findPackages, type WorkflowManifest, type WorkflowPackages } from '../templates/package-sources.ts'
import type { RenderedNode } from '../templates/rendered.ts'
import { workflowNames } from '../templates/workflow-file.ts'
import { type ValueOverrides, NO_OVERRIDES } from '../values/value-overrides.ts'
import { Assertions } from './assertions.ts'
import { diffLines } from './diff.ts'
import { generateForAll } from './generate-for-all.ts'
import {
  problemIn,
  type ReadTests,
  readTests,
  type TestCase,
  snapshotName,
  TESTS_FOLDER,
  valuesOf,
} from './test-file.ts'

export interface TestResult {
  readonly file: string
  readonly name: string
  /** empty if the test passed */
  readonly failures: readonly string[]
  /** the same, with their places */
  readonly problems: readonly Problem[]
  readonly snapshot?: 'same' | 'written' | undefined
}

export interface GeneratedResult {
  readonly workflow: string
  readonly seed: number
  readonly rounds: number
  /** the first values that fail to render, and why */
  readonly failure?: { readonly values: Readonly<Record<string, unknown>>; readonly message: string } | undefined
}

export interface TestReport {
  readonly tests: readonly TestResult[]
  readonly generated: readonly GeneratedResult[]
}

interface TestOptions {
  pool: Pool
  root: string
  manifest: WorkflowManifest
  packages?: string | undefined
  /** overwrites snapshots instead of comparing them */
  update: boolean
  seed: number
  rounds: number
  signal?: AbortSignal | undefined
}

/** A constant run id, so that snapshots do not change. */
const RELEASE = 'test'

/**
 * Runs a package's tests, and renders each of its workflows with values generated from the declared inputs. No code
 * of the package runs.
 */
export async function runTests(options: TestOptions): Promise<TestReport | { problems: readonly Problem[] }> {
  const { root, manifest } = options
  const { tests, problems } = readTests(root)
  if (problems.length > 0) return { problems }
  const results: TestResult[] = []
  const assertions = new Assertions()
  for (const test of tests)
    for (const [index, testCase] of test.cases.entries())
      results.push(await runCase(test, testCase, index, { ...options, assertions }))
  const generated: GeneratedResult[] = []
  const rendered: Rendered[][] = []
  const found = findPackages({ root, manifest }, options.packages ?? path.join(root, 'colony_packages'))
  const takesInputs = [found.main, ...found.included.values()].some(({ manifest }) => manifest.inputs.length > 0)
  if (takesInputs)
    for (const workflow of workflowNames(root)) generated.push(await tryGenerated(workflow, found, rendered, options))
  return { tests: results, generated }
}

async function runCase(
  test: ReadTests,
  testCase: TestCase,
  index: number,
  options: TestOptions & { assertions: Assertions },
): Promise<TestResult> {
  const { file, workflow, yaml } = test
  const { name, error: expected, assert } = testCase
  const at = (path: Path, message: string) => problemIn(yaml, ['cases', index, ...path], message)
  const result = (problems: readonly Problem[]) => ({ file, name, failures: problems.map(problemText), problems })
  const rendered = await render(workflow, valuesOf(test, index), options)
  if ('error' in rendered) {
    if (expected !== undefined && rendered.error.includes(expected)) return result([])
    const wanted = expected === undefined ? '' : `, but not with: ${expected}`
    return result([at(['values'], `rendering failed${wanted}\n${rendered.error}`)])
  }
  if (expected !== undefined) return result([at(['error'], `it rendered, but should fail with: ${expected}`)])
  const failures = assert.flatMap((assertion, i) =>
    options.assertions.failures(assertion, rendered.spec).map((message) => at(['assert', i], message)),
  )
  if (!testCase.snapshot) return result(failures)
  const { outcome, failure } = compareSnapshot(snapshotFile(options.root, file, name), rendered.text, options)
  return { ...result([...failures, ...(failure === undefined ? [] : [at(['snapshot'], failure)])]), snapshot: outcome }
}

/** @param before the documents rendered so far, by round; this one is added */
async function tryGenerated(
  workflow: string,
  packages: WorkflowPackages,
  before: Rendered[][],
  options: TestOptions,
): Promise<GeneratedResult> {
  const { seed, rounds } = options
  for (let round = 0; round < rounds; round++) {
    const { values, sets } = generateForAll(packages, { seed, round })
    const rendered = await render(workflow, { ...NO_OVERRIDES, sets }, options)
    if ('error' in rendered) return { workflow, seed, rounds, failure: { values, message: rendered.error } }
    const all = (before[round] ??= [])
    all.push(rendered)
    const [alike] = namesakes(
      all.map(({ source }) => source),
      { isSample: false },
    )
    if (alike) return { workflow, seed, rounds, failure: { values, message: problemText(alike) } }
  }
  return { workflow, seed, rounds }
}

interface Rendered {
  readonly spec: SpecDocument
  readonly source: RenderedNode
  readonly text: string
}
type Outcome = Rendered | { error: string }

async function render(workflow: string | undefined, overrides: ValueOverrides, options: TestOptions): Promise<Outcome> {
  const { pool, root, manifest, packages, signal } = options
  try {
    const { document, source } = await prepareDocument({
      pool,
      root,
      manifest,
      packages,
      workflow,
      overrides,
      release: RELEASE,
      signal,
    })
    return { spec: document, source: source.root, text: printSpec(document) }
  } catch (error) {
    if (error instanceof CpmError && (error.code === 'INPUT_INVALID' || error.code === 'WORKFLOW_INVALID'))
      return { error: error.message }
    throw error
  }
}

function snapshotFile(root: string, file: string, name: string): string {
  return path.join(root, TESTS_FOLDER, 'snapshots', snapshotName(file, name))
}

function compareSnapshot(
  file: string,
  text: string,
  { update }: TestOptions,
): { outcome?: 'same' | 'written'; failure?: string } {
  // Links are not followed: the difference could reveal another file of this machine.
  const before = readRegular(file)?.toString('utf8')
  if (before === text) return { outcome: 'same' }
  if (update) {
    makeFolders(path.dirname(file))
    writeFileAtomic(file, text)
    return { outcome: 'written' }
  }
  if (before === undefined) return { failure: 'there is no snapshot yet: run cpm test --update' }
  return {
    failure: `it differs from the snapshot (cpm test --update accepts it):\n${diffLines(before, text).join('\n')}`,
  }
}
