import type { Path } from '../../core/yaml.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import { secretProblem } from './secret-reference.ts'
import { type ShapeProblem, formatPath, type Shape } from './shape.ts'

/** A map of values. It has no prototype, so that no key has a special meaning. */
export type Values = Record<string, unknown>

interface FitOptions {
  /** required values may be missing: layers and defaults are checked on their own */
  partial: boolean
  /** the values are in a package's files, which may not refer to secrets of this machine */
  isOfPackage?: boolean
  /** the prefix of paths in messages: the names of the packages that the values are for */
  prefix?: Path
  /** keys that are not inputs but allowed next to them, for suggestions */
  otherKeys?: readonly string[]
}

const MAX_DEPTH = 32
const MAX_SUGGESTIONS = 100

/**
 * Fits a value into its shape: adds the defaults of fields and rejects what does not fit. `null` means no value, and
 * also removes a default. The defaults of whole inputs are a layer below the values (layer.ts) and are ignored here.
 * All problems are reported; none repeats the value, which may be a secret.
 * @returns a copy as plain data, without the parts that have problems; a list with a problem is left out as a whole
 */
export function fitValue(
  shape: Shape,
  value: unknown,
  { partial, isOfPackage = false, prefix = [], otherKeys = [] }: FitOptions,
): { value: unknown; problems: ShapeProblem[] } {
  const problems: ShapeProblem[] = []
  const nameOf = (path: Path) => formatPath([...prefix, ...path])
  const report = (path: Path, message: string): unknown => {
    problems.push({ path, message: path.length === 0 ? message : `${nameOf(path)} ${message}` })
    return undefined
  }

  const fit = (at: Path, shape: Shape, written: unknown): unknown => {
    const held = shape.isGroup && (written ?? null) === null ? groupValues(shape, written) : written
    if (held === undefined || held === null) {
      if (shape.isRequired && !partial)
        problems.push({ path: at, message: `${nameOf(at)} is required`, isMissing: true })
      return undefined
    }
    if (shape.type === 'list') return fitList(at, shape, held)
    if (shape.type === 'map') return fitMap(at, shape, held)
    // The declared type decides what a number is, not the way it is written.
    const value = held instanceof Number ? Number(held) : held
    const problem = shape.isSecret ? secretProblem(value, { isOfPackage }) : scalarProblem(shape, value)
    return problem === undefined ? value : report(at, problem)
  }

  const fitList = (at: Path, { item }: Shape, value: unknown): unknown => {
    if (!Array.isArray(value)) return report(at, 'must be a list')
    const items = value.map((entry: unknown, index) => {
      const path = [...at, index]
      if (!item) return freeData(path, entry)
      return entry === null || entry === undefined ? report(path, 'has no value') : fit(path, item, entry)
    })
    return items.includes(undefined) ? undefined : items
  }

  // Comparing names is expensive, and nobody reads suggestions after this many mistakes.
  const suggestion = (key: string, known: Iterable<string>) =>
    problems.length < MAX_SUGGESTIONS ? didYouMean(key, known) : ''

  const fitMap = (at: Path, { fields, isGroup }: Shape, value: unknown): unknown => {
    if (!isMap(value)) return report(at, 'must be a map')
    if (!fields) return freeData(at, value)
    const values = emptyValues()
    for (const key of Object.keys(value)) {
      const path = [...at, key]
      const known = at.length === 0 ? [...fields.keys(), ...otherKeys] : fields.keys()
      if (!fields.has(key)) report(path, `is not a declared input${suggestion(key, known)}`)
    }
    for (const [name, field] of fields) {
      const written = Object.hasOwn(value, name) ? value[name] : undefined
      const fitted = fit([...at, name], field, written === undefined && !isGroup ? field.default : written)
      if (fitted !== undefined) values[name] = fitted
    }
    return values
  }

  const freeData = (at: Path, value: unknown): unknown => {
    if (at.length > MAX_DEPTH) return report(at, `is nested deeper than ${MAX_DEPTH}`)
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
    if (typeof value === 'number')
      return isExact(value) ? value : report(at, "is a number that can't be represented exactly")
    if (value instanceof Number)
      return Number.isFinite(Number(value)) ? value : report(at, "is a number that can't be represented exactly")
    if (Array.isArray(value)) return value.map((entry, index) => freeData([...at, index], entry))
    if (!isMap(value)) return report(at, 'is not plain data')
    const copy = emptyValues()
    const isInList = at.some((step) => typeof step === 'number')
    for (const [key, entry] of Object.entries(value)) {
      // Outside lists, null has already removed values when the layers were merged; inside lists it is data.
      if (entry !== null || isInList) copy[key] = freeData([...at, key], entry)
    }
    return copy
  }

  return { value: fit([], shape, value), problems }
}

export function emptyValues(): Values {
  return Object.create(null) as Values
}

export function isMap(value: unknown): value is Values {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Number)
}

/** Returns the values of a group that has none; in a group set to null, every input is null. */
function groupValues({ fields = new Map<string, Shape>() }: Shape, written: unknown): Values {
  const values = emptyValues()
  if (written === null) for (const name of fields.keys()) values[name] = null
  return values
}

function isExact(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
}

function scalarProblem(shape: Shape, value: unknown): string | undefined {
  const problem = typeProblem(shape, value)
  if (problem !== undefined) return problem
  const { options, min, max } = shape
  if (options && !options.includes(value as string | number | boolean)) return `must be one of ${options.join(', ')}`
  if (min !== undefined && (value as number) < min) return `must be at least ${min}`
  if (max !== undefined && (value as number) > max) return `must be at most ${max}`
  return undefined
}

/** The limit above which JSON and JavaScript lose digits. */
const BEYOND = 'is beyond 2^53, where integers are no longer exact'

function typeProblem({ type }: Shape, value: unknown): string | undefined {
  switch (type) {
    case 'integer':
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) return BEYOND
      return Number.isSafeInteger(value) ? undefined : 'must be an integer'
    case 'number':
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) return BEYOND
      return typeof value === 'number' && isExact(value) ? undefined : 'must be a number'
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false'
    case 'path':
      return typeof value === 'string' && value !== '' && !value.includes('\0') ? undefined : 'must be a path'
    default:
      return typeof value === 'string' ? undefined : 'must be a string'
  }
}
