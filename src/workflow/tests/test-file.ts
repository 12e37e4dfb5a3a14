import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { namesIn } from '../../core/atomic-file.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import { fileError } from '../../core/errors.ts'
import { type Path, type Problem, readYaml } from '../../core/yaml.ts'

export const TESTS_FOLDER = 'tests'

const Case = z.strictObject({
  name: z.string().min(1).max(200),
  /** as in values.yaml, also for dependencies under their names */
  values: z.record(z.string(), z.unknown()).default({}),
  /** each an expression over `spec`, or paths in it with what must be there */
  assert: z.array(z.union([z.string().min(1), z.record(z.string(), z.unknown())])).default([]),
  /** the document must not render, or not pass the checks: a part of the message */
  error: z.string().min(1).optional(),
  /** the whole document must be as it was */
  snapshot: z.boolean().default(false),
})
export type TestCase = z.infer<typeof Case>

const TestFile = z.strictObject({
  /** which document in workflows/, as for --workflow */
  workflow: z.string().optional(),
  cases: z.array(Case).min(1),
})

/** A file of tests, with where each of its parts stands. */
export interface ReadTests {
  readonly file: string
  readonly workflow: string | undefined
  readonly cases: readonly TestCase[]
  readonly place: (path: Path) => { readonly line: number; readonly column: number }
}

const KEYS = ['workflow', 'cases', 'name', 'values', 'assert', 'error', 'snapshot']

/** Reads every file of tests that a package has. */
export function readTests(root: string): { tests: ReadTests[]; problems: Problem[] } {
  const folder = path.join(root, TESTS_FOLDER)
  const names = namesIn(folder).filter((name) => /\.ya?ml$/.test(name))
  const tests: ReadTests[] = []
  const problems: Problem[] = []
  for (const name of names) {
    const file = `${TESTS_FOLDER}/${name}`
    const { yaml, problems: unreadable } = readYaml(file, readText(path.join(folder, name)))
    problems.push(...unreadable)
    if (!yaml) continue
    const { success, data, error } = TestFile.safeParse(yaml.data)
    if (success) tests.push({ file, ...data, workflow: data.workflow, place: (at) => yaml.locate(at) })
    else
      problems.push(
        ...error.issues.map((issue) => {
          const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined
          const at = [...(issue.path as Path), ...(unknown === undefined ? [] : [unknown])]
          const message =
            unknown === undefined
              ? `${at.join('.')}: ${issue.message}`
              : `unknown key ${unknown}${didYouMean(unknown, KEYS)}`
          return { file, ...yaml.locate(at, { key: unknown !== undefined }), message }
        }),
      )
  }
  return { tests, problems }
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    throw fileError(error, 'read', file)
  }
}
