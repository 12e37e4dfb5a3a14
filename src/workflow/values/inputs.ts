import { CpmError } from '../../core/errors.ts'
import type { Path } from '../../core/yaml.ts'
import { applySets, optionAbout } from './apply-sets.ts'
import { emptyValues, fitValue, type Values } from './fit-value.ts'
import { type ValueOverrides, MAX_BYTES, NO_OVERRIDES, type ValuesProblem } from './value-overrides.ts'
import { documentLayer, isPrefix, type Layer, mergeValues, type Origin, sayingOf, topLayer } from './layer.ts'
import { defaultsLayer, documentFindings, ownValues, type PackageInputs, placed } from './package-inputs.ts'
import type { SetOption } from './set-option.ts'
import { type ShapeProblem, formatPath, type Shape, shapeAt } from './shape.ts'

/** The inputs of a package with their values, and the layers these came from. */
export interface ResolvedInputs {
  readonly declared: PackageInputs
  readonly overrides: ValueOverrides
  /** the lowest first */
  readonly layers: readonly Layer[]
  readonly values: Values
}

/** What the layers come to, also where something is wrong. */
export interface MergedInputs extends ResolvedInputs {
  readonly problems: readonly ValuesProblem[]
  /** required inputs that nobody gave a value; no problem where somebody can be asked */
  readonly missing: readonly Missing[]
}

export interface Missing {
  readonly path: Path
  readonly shape: Shape
  readonly problem: ValuesProblem
}

/**
 * The values that a run gets, of all layers (docs/values.md lists them).
 * @throws CpmError INPUT_INVALID with everything that is missing, unknown or wrong; it never repeats a value
 */
export function resolveInputs(declared: PackageInputs, overrides: ValueOverrides = NO_OVERRIDES): ResolvedInputs {
  const merged = mergeInputs(declared, overrides)
  if (merged.problems.length + merged.missing.length > 0) throw unsoundError(merged.problems, missingOf(merged))
  return merged
}

/** What is missing in the values of one package, with the names of the packages that lead to it. */
export function missingOf({ missing, overrides: { prefix } }: MergedInputs): (Missing & { prefix: Path })[] {
  return missing.map((entry) => ({ ...entry, prefix }))
}

/** An error that lists what is wrong and what is missing, each thing once, and says what to type for the first that is missing. */
export function unsoundError(
  wrong: readonly ValuesProblem[],
  missing: readonly (Missing & { prefix: Path })[],
): CpmError {
  const problems = [...wrong, ...missing.map(({ problem }) => problem)]
  const once = new Map(problems.map((problem) => [JSON.stringify(problem), problem]))
  const [first] = missing
  return inputsError([...once.values()], first && hintFor(first, first.prefix))
}

/** Puts the layers one over the other and checks each of them, and what they come to. */
export function mergeInputs(declared: PackageInputs, overrides: ValueOverrides): MergedInputs {
  const { shape, dependencies } = declared
  const { prefix } = overrides
  const otherKeys = [...dependencies]
  const documents = declared.document ? [declared.document, ...overrides.documents] : overrides.documents
  const isForDependency = (name: string) => dependencies.has(name) && shape.fields?.has(name) !== true
  const sets = overrides.sets.filter(({ path: [name] }) => !isForDependency(String(name)))
  const below: Layer[] = [
    defaultsLayer(declared),
    ...documents.map((document) => documentLayer(document, ownValues(declared, document.data))),
  ]
  const applied = applySets(shape, sets, { lower: mergeAll(below), otherKeys })
  const layers = [...below, ...optionLayers(sets, applied.data, overrides.folder)]
  const { value, problems: findings } = fitValue(shape, mergeAll(layers), { partial: false, prefix })
  const values = (value ?? emptyValues()) as Values // the shape of all inputs is a map
  const problems: ValuesProblem[] = [
    ...declared.problems,
    ...overrides.problems,
    ...overrides.documents.flatMap((document) => placed(document, documentFindings(declared, document, prefix))),
    ...applied.problems.map(({ option: { option }, finding }) => ({
      message: `${option}: ${inside(prefix, finding)}`,
    })),
    ...optionFindings(shape, sets, applied.data, prefix),
  ]
  const missing = findings.flatMap((finding) => {
    const found = finding.isMissing && shapeAt(shape, finding.path)
    return found ? [{ path: finding.path, shape: found, problem: describeMissing(finding, layers) }] : []
  })
  if (problems.length === 0 && Buffer.byteLength(JSON.stringify(values)) > MAX_BYTES)
    problems.push({ message: `the values are larger than ${MAX_BYTES / 1024} KiB` })
  return { declared, overrides, layers, values, problems, missing }
}

/** An error that lists what is wrong with values, in files with file:line:column. */
export function inputsError(problems: readonly ValuesProblem[], hint?: string): CpmError {
  const summary = problems.length === 1 ? 'the inputs have an error:' : `the inputs have ${problems.length} errors:`
  const lines = problems.map(({ file, line, column, message }) =>
    file === undefined ? `  ${message}` : `  ${file}:${line}:${column} ${message}`,
  )
  return new CpmError('INPUT_INVALID', [summary, ...lines].join('\n'), { hint, details: { problems } })
}

function mergeAll(layers: readonly Layer[]): unknown {
  return layers.reduce<unknown>((merged, { data }) => mergeValues(merged, data), emptyValues())
}

/** Options and answers in one tree: a layer that knows which of them said what. */
function optionLayers(sets: readonly SetOption[], data: Values, folder: string): Layer[] {
  if (sets.length === 0) return []
  const origin = (path: Path): Origin => ({ label: optionAbout(sets, path)?.option ?? 'the command line' })
  // An option that sets one item of a list takes over the others.
  const isOwn = (path: Path) => sets.some((set) => isPrefix(set.path, path))
  return [{ kind: 'option', data, origin, folder: (path) => (isOwn(path) ? folder : undefined) }]
}

function optionFindings(shape: Shape, sets: readonly SetOption[], data: Values, prefix: Path): ValuesProblem[] {
  const { problems } = fitValue(shape, data, { partial: true, prefix })
  return problems.flatMap(({ path, message }) => {
    const about = optionAbout(sets, path)
    return about ? [{ message: `${about.option}: ${message}` }] : []
  })
}

function inside(prefix: Path, { message }: ShapeProblem): string {
  return prefix.length === 0 ? message : `${prefix.join('.')}: ${message}`
}

/** A value that is not there is told where it should be: in an item of a list, or where null took it away. */
function describeMissing({ path, message }: ShapeProblem, layers: readonly Layer[]): ValuesProblem {
  const layer = topLayer(layers, path) ?? itemLayer(layers, path)
  if (!layer) return { message }
  const saying = sayingOf(layer, path)
  const isNull = saying.says !== 'nothing' && saying.value === null
  return problemAt(layer.origin(path), isNull ? `${message}, and null takes its value away` : message)
}

/** A problem with a value, told where that was written. */
export function problemAt({ label, line, column }: Origin, message: string): ValuesProblem {
  return line === undefined || column === undefined
    ? { message: `${label}: ${message}` }
    : { file: label, line, column, message }
}

function itemLayer(layers: readonly Layer[], path: Path): Layer | undefined {
  const last = path.findLastIndex((step) => typeof step === 'number')
  return last < 0 ? undefined : topLayer(layers, path.slice(0, last + 1))
}

/** What to type for an input that has no value. */
function hintFor({ path, shape }: Missing, prefix: Path): string {
  const key = formatPath([...prefix, ...path])
  if (shape.isSecret)
    return `say where it is: --set ${key}=secret:NAME for a colony, env:NAME or file:PATH on this machine`
  const below = shape.type === 'list' ? '[0]' : shape.type === 'map' ? '.<field>' : ''
  return `give it a value: --set ${key}${below}=<value>`
}
