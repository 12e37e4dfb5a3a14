import { CpmError } from '../../core/errors.ts'
import type { Path } from '../../core/yaml.ts'
import { applySets, optionAbout } from './apply-sets.ts'
import { emptyValues, fitValue, type Values } from './fit-value.ts'
import { type ValueOverrides, MAX_BYTES, NO_OVERRIDES, type ValuesProblem } from './value-overrides.ts'
import { documentLayer, isPrefix, type Layer, mergeValues, type Origin, sayingOf, topLayer } from './layer.ts'
import { defaultsLayer, documentFindings, ownValues, type PackageInputs, placed } from './package-inputs.ts'
import type { SetOption } from './set-option.ts'
import { type ShapeProblem, formatPath, type Shape, shapeAt } from './shape.ts'

/** The inputs of a package with their values, and the layers that the values come from. */
export interface ResolvedInputs {
  readonly declared: PackageInputs
  readonly overrides: ValueOverrides
  /** the lowest first */
  readonly layers: readonly Layer[]
  readonly values: Values
}

/** The merged layers, even if something is wrong. */
export interface MergedInputs extends ResolvedInputs {
  readonly problems: readonly ValuesProblem[]
  /** required inputs without a value; not problems, since the user may still be asked */
  readonly missing: readonly Missing[]
}

export interface Missing {
  readonly path: Path
  readonly shape: Shape
  readonly problem: ValuesProblem
}

/**
 * Returns the values of a run, merged from all layers (docs/values.md lists them).
 * @throws CpmError INPUT_INVALID with everything missing, unknown or wrong; it never repeats a value
 */
export function resolveInputs(declared: PackageInputs, overrides: ValueOverrides = NO_OVERRIDES): ResolvedInputs {
  const merged = mergeInputs(declared, overrides)
  if (merged.problems.length + merged.missing.length > 0) throw unsoundError(merged.problems, missingOf(merged))
  return merged
}

/** Returns the missing values of one package, with the names of the packages that lead to it. */
export function missingOf({ missing, overrides: { prefix } }: MergedInputs): (Missing & { prefix: Path })[] {
  return missing.map((entry) => ({ ...entry, prefix }))
}

/** Returns an error that lists everything wrong or missing once, with a hint on how to set the first missing value. */
export function unsoundError(
  wrong: readonly ValuesProblem[],
  missing: readonly (Missing & { prefix: Path })[],
): CpmError {
  const problems = [...wrong, ...missing.map(({ problem }) => problem)]
  const once = new Map(problems.map((problem) => [JSON.stringify(problem), problem]))
  const [first] = missing
  return inputsError([...once.values()], first && hintFor(first, first.prefix))
}

/** Merges the layers, and checks each of them and the merged values. */
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

/** Returns an error that lists the problems of values, with file:line:column for those in files. */
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

/** Returns a layer of all options and answers, which knows where each value comes from. */
function optionLayers(sets: readonly SetOption[], data: Values, folder: string): Layer[] {
  if (sets.length === 0) return []
  const origin = (path: Path): Origin => ({ label: optionAbout(sets, path)?.option ?? 'the command line' })
  // An option that sets one item of a list copies the other items from the lower layers.
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

/** Places a missing value where it should be: in an item of a list, or at the null that removes it. */
function describeMissing({ path, message }: ShapeProblem, layers: readonly Layer[]): ValuesProblem {
  const layer = topLayer(layers, path) ?? itemLayer(layers, path)
  if (!layer) return { message }
  const saying = sayingOf(layer, path)
  const isNull = saying.says !== 'nothing' && saying.value === null
  return problemAt(layer.origin(path), isNull ? `${message}, but null removes its value` : message)
}

/** Returns a problem with the place where the value is set. */
export function problemAt({ label, line, column }: Origin, message: string): ValuesProblem {
  return line === undefined || column === undefined
    ? { message: `${label}: ${message}` }
    : { file: label, line, column, message }
}

function itemLayer(layers: readonly Layer[], path: Path): Layer | undefined {
  const last = path.findLastIndex((step) => typeof step === 'number')
  return last < 0 ? undefined : topLayer(layers, path.slice(0, last + 1))
}

/** Returns a hint on how to set an input without a value. */
function hintFor({ path, shape }: Missing, prefix: Path): string {
  const key = formatPath([...prefix, ...path])
  if (shape.isSecret)
    return `pass a reference: --set ${key}=secret:NAME for a colony, env:NAME or file:PATH on this machine`
  const below = shape.type === 'list' ? '[0]' : shape.type === 'map' ? '.<field>' : ''
  return `set it: --set ${key}${below}=<value>`
}
