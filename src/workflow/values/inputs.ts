import { CpmError } from '../../core/errors.ts'
import type { Path, Problem } from '../../core/yaml.ts'
import { applySets } from './apply-sets.ts'
import { fitValue, type Values } from './fit-value.ts'
import { hasValueAt, type PackageInputs, VALUES_FILE } from './package-inputs.ts'
import { parseSetOption, type SetOption } from './set-option.ts'
import { type Finding, formatPath, type Shape } from './shape.ts'

const MAX_SETS = 1000
const MAX_BYTES = 1024 * 1024

/** One thing that is wrong with the values: `file` and its place are there when it stands in a file. */
type InputProblem = { message: string } & Partial<Omit<Problem, 'message'>>

/**
 * The values that a run gets: those of `--set`, over the package's values.yaml, over the declared defaults.
 * @throws CpmError INPUT_INVALID with everything that is missing, unknown or wrong; it never repeats a value
 */
export function resolveInputs(inputs: PackageInputs, sets: readonly string[]): Values {
  const problems: InputProblem[] = [...inputs.problems]
  if (sets.length > MAX_SETS) throw inputsError([{ message: `more than ${MAX_SETS} values are set` }])
  const options: SetOption[] = []
  for (const set of sets) {
    const option = parseSetOption(set)
    if ('problem' in option) problems.push({ message: `--set: ${option.problem}` })
    else options.push(option)
  }
  const given = structuredCloneOf(inputs.values)
  const misplaced = applySets(inputs.shape, given, options)
  problems.push(...misplaced.map(({ message }) => ({ message: `--set: ${message}` })))
  const { value, problems: unfit } = fitValue(inputs.shape, given, { partial: false })
  const fromSets = (path: Path) => options.some((option) => isAbout(option, path))
  // Defaults and values.yaml were checked with the package: only what they leave out is new here.
  const ours = unfit.filter(({ path, isMissing }) => fromSets(path) || isMissing)
  problems.push(...ours.map((finding) => describe(finding, inputs, fromSets(finding.path))))
  if (problems.length > 0) throw inputsError(problems, hintFor(inputs.shape, ours))
  const values = value as Values // the shape of all inputs is a map
  if (Buffer.byteLength(JSON.stringify(values)) > MAX_BYTES)
    throw inputsError([{ message: `the values are larger than ${MAX_BYTES / 1024} KiB` }])
  return values
}

/** The values that expressions may see: without secrets, since a spec can be read by strangers. */
export function withoutSecrets(shape: Shape, value: unknown): unknown {
  if (Array.isArray(value)) {
    const { item } = shape
    return item ? value.map((entry) => withoutSecrets(item, entry)) : value
  }
  if (!shape.fields || value === null || typeof value !== 'object') return value
  const kept = Object.create(null) as Values
  for (const [name, field] of shape.fields) {
    if (!field.isSecret && Object.hasOwn(value, name)) kept[name] = withoutSecrets(field, (value as Values)[name])
  }
  return kept
}

function structuredCloneOf(values: Values): Values {
  // structuredClone gives its copy the prototype of objects; assigning to an empty one takes it away again
  return Object.assign(Object.create(null) as Values, structuredClone({ ...values }))
}

/** Whether a value of `--set` is what a finding is about, or stands beside it in the same item of a list. */
function isAbout({ path: set }: SetOption, path: Path): boolean {
  const item = path.slice(0, path.findLastIndex((step) => typeof step === 'number') + 1)
  return isPrefix(set, path) || isPrefix(path, set) || (item.length > 0 && isPrefix(item, set))
}

function isPrefix(prefix: Path, path: Path): boolean {
  return prefix.length <= path.length && prefix.every((step, i) => step === path[i])
}

function describe({ path, message }: Finding, { values, yaml }: PackageInputs, isSet: boolean): InputProblem {
  if (isSet) return { message: `--set: ${message}` }
  if (yaml && hasValueAt(values, path)) return { file: VALUES_FILE, ...yaml.locate(path), message }
  return { message }
}

function inputsError(problems: readonly InputProblem[], hint?: string): CpmError {
  const summary = problems.length === 1 ? 'the inputs have an error:' : `the inputs have ${problems.length} errors:`
  const lines = problems.map(({ file, line, column, message }) =>
    file === undefined ? `  ${message}` : `  ${file}:${line}:${column} ${message}`,
  )
  return new CpmError('INPUT_INVALID', [summary, ...lines].join('\n'), { hint, details: { problems } })
}

/** What to type for the first input that has no value. */
function hintFor(root: Shape, findings: readonly Finding[]): string | undefined {
  const missing = findings.find(({ isMissing }) => isMissing)
  if (!missing) return undefined
  let shape: Shape | undefined = root
  for (const step of missing.path) shape = typeof step === 'number' ? shape?.item : shape?.fields?.get(step)
  const below = shape?.type === 'list' ? '[0]' : shape?.type === 'map' ? '.<field>' : ''
  return `give it a value: --set ${formatPath(missing.path)}${below}=<value>`
}
