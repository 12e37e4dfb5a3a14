import path from 'node:path'
import { z } from 'zod'
import { namesIn } from '../../core/atomic-file.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import { readUserFile } from '../../core/user-files.ts'
import { MOST_PROBLEMS, type Path, type Problem, readYaml, type YamlDocument } from '../../core/yaml.ts'
import { isMap } from '../values/fit-value.ts'
import { type ValueOverrides, NO_OVERRIDES } from '../values/value-overrides.ts'
import { formatPath } from '../values/shape.ts'

export const TESTS_FOLDER = 'tests'

const Case = z.strictObject({
  name: z.string().min(1, 'must not be empty').max(200, 'must have at most 200 characters'),
  /** as in values.yaml, including values for dependencies under their names */
  values: z.record(z.string(), z.unknown()).default({}),
  /** each an expression over `spec`, or a map from paths in it to the expected values */
  assert: z
    .array(z.union([z.string().min(1), z.record(z.string(), z.unknown())], 'must be an expression, or a map of paths'))
    .default([]),
  /** part of the message with which rendering or the checks must fail */
  error: z.string().min(1, 'must not be empty').optional(),
  /** whether the whole document must match its snapshot */
  snapshot: z.boolean().default(false),
})
export type TestCase = z.infer<typeof Case>

const TestFile = z.strictObject({
  /** the document in workflows/, as for --workflow */
  workflow: z.string().optional(),
  cases: z.array(Case).min(1, 'must have at least one case'),
})

/** A test file, with the places of its parts. */
export interface ReadTests {
  readonly file: string
  /** the folder that contains it */
  readonly folder: string
  readonly workflow: string | undefined
  readonly cases: readonly TestCase[]
  readonly yaml: YamlDocument
}

/** Returns the JSON Schema of a test file, for editors. */
export function testsSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(TestFile, { io: 'input', unrepresentable: 'any' })
  return { ...schema, title: 'a file in tests/' }
}

const KEYS = Object.keys(TestFile.shape)
const CASE_KEYS = Object.keys(Case.shape)

/** Reads all test files of a package. */
export function readTests(root: string): { tests: ReadTests[]; problems: Problem[] } {
  const folder = path.join(root, TESTS_FOLDER)
  const names = namesIn(folder).filter((name) => /\.ya?ml$/.test(name))
  const tests: ReadTests[] = []
  const problems: Problem[] = []
  for (const name of names) {
    const file = `${TESTS_FOLDER}/${name}`
    const { yaml, problems: unreadable } = readYaml(file, readUserFile(path.join(folder, name)), { keepFloats: true })
    problems.push(...unreadable)
    if (!yaml) continue
    const { success, data, error } = TestFile.safeParse(yaml.data)
    if (success) {
      const test = { file, folder, ...data, workflow: data.workflow, yaml }
      tests.push(test)
      problems.push(...alike(test))
    } else problems.push(...error.issues.slice(0, MOST_PROBLEMS).flatMap((issue) => shapeProblems(yaml, issue)))
  }
  return { tests, problems }
}

/** Returns the values of a case, which override those of the package. */
export function valuesOf({ yaml, folder, cases }: ReadTests, index: number): ValueOverrides {
  const section = ['cases', index, 'values']
  const data = cases[index]?.values ?? {}
  return { ...NO_OVERRIDES, documents: [{ kind: 'file', yaml, folder, section, data }] }
}

/** Returns the name of a case's file in tests/snapshots. */
export function snapshotName(file: string, name: string): string {
  const slug = name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '') // prettier-ignore
  return `${path.parse(file).name}-${slug}.yaml`
}

/** Returns a problem at a path in a test file. */
export function problemIn(yaml: YamlDocument, at: Path, message: string, key = false): Problem {
  return { file: yaml.file, ...yaml.locate(at, { key }), message }
}

function shapeProblems(yaml: YamlDocument, issue: z.core.$ZodIssue): Problem[] {
  const at = issue.path as Path
  if (issue.code === 'unrecognized_keys') {
    const known = at.length === 0 ? KEYS : CASE_KEYS
    return issue.keys.map((key) => problemIn(yaml, [...at, key], `unknown key ${key}${didYouMean(key, known)}`, true))
  }
  const label = at.length === 0 ? 'the file' : formatPath(at)
  if (!isThere(yaml.data, at)) return [problemIn(yaml, at, `${label} is missing`)]
  return [problemIn(yaml, at, `${label} ${issue.message}`)]
}

function isThere(data: unknown, at: Path): boolean {
  const key = at.at(-1)
  const parent = at.slice(0, -1).reduce((value, step) => (value as Record<string, unknown> | undefined)?.[step], data)
  return typeof key !== 'string' || (isMap(parent) && Object.hasOwn(parent, key))
}

/** Reports cases whose names are the same, or so similar that they share a snapshot. */
function alike({ file, yaml, cases }: ReadTests): Problem[] {
  const seen = new Map<string, string>()
  return cases.flatMap(({ name }, index) => {
    const key = snapshotName(file, name)
    const before = seen.get(key)
    seen.set(key, name)
    if (before === undefined) return []
    const message = before === name ? `two cases are named ${name}` : `${name} and ${before} share a snapshot`
    return [problemIn(yaml, ['cases', index, 'name'], message)]
  })
}
