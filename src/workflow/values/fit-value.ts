import type { Path } from '../../core/yaml.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import { secretProblem } from './secret-reference.ts'
import { type ShapeProblem, formatPath, type Shape } from './shape.ts'

/** A map of values. It has no prototype, so that no key means more than itself. */
export type Values = Record<string, unknown>

interface FitOptions {
  /** a required value may be missing: templates and defaults are checked before anybody gives values */
  partial: boolean
  /** the values stand in a package's files, which may not refer to secrets of this machine */
  isOfPackage?: boolean
  /** what is written before paths in messages: the names of the packages that the values are for */
  prefix?: Path
  /** keys that are no inputs and yet may stand beside them, for suggestions */
  otherKeys?: readonly string[]
}

const MAX_DEPTH = 32
const MAX_SUGGESTIONS = 100

/**
 * Fits a value into its shape: fills in the defaults of fields, refuses what does not fit. `null` is no value, and stands in the
 * way of a default. The defaults of whole inputs are a layer below the values (layer.ts), and are not looked at here. Every
 * problem is reported, and none of them repeats the value, which may be a secret.
 * @returns a copy of plain data, without what was reported; a list is whole or not there
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

  const fit = (at: Path, shape: Shape, overrides: unknown): unknown => {
    const held = shape.isGroup && (overrides ?? null) === null ? groupValues(shape, overrides) : overrides
    if (held === undefined || held === null) {
      if (shape.isRequired && !partial)
        problems.push({ path: at, message: `${nameOf(at)} is required`, isMissing: true })
      return undefined
    }
    if (shape.type === 'list') return fitList(at, shape, held)
    if (shape.type === 'map') return fitMap(at, shape, held)
    // A declared type says what a number is; how it is written does not.
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

  // Comparing names is costly: after so many mistakes another suggestion helps nobody.
  const suggestion = (key: string, known: Iterable<string>) =>
    problems.length < MAX_SUGGESTIONS ? didYouMean(key, known) : ''

  const fitMap = (at: Path, { fields, isGroup }: Shape, value: unknown): unknown => {
    if (!isMap(value)) return report(at, 'must be a map')
    if (!fields) return freeData(at, value)
    const values = emptyValues()
    for (const key of Object.keys(value)) {
      const path = [...at, key]
      const known = at.length === 0 ? [...fields.keys(), ...otherKeys] : fields.keys()
      if (!fields.has(key)) report(path, `is not among the inputs${suggestion(key, known)}`)
    }
    for (const [name, field] of fields) {
      const overrides = Object.hasOwn(value, name) ? value[name] : undefined
      const fitted = fit([...at, name], field, overrides === undefined && !isGroup ? field.default : overrides)
      if (fitted !== undefined) values[name] = fitted
    }
    return values
  }

  const freeData = (at: Path, value: unknown): unknown => {
    if (at.length > MAX_DEPTH) return report(at, `is nested deeper than ${MAX_DEPTH}`)
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
    if (typeof value === 'number')
      return isExact(value) ? value : report(at, 'is not a number that can be kept exactly')
    if (value instanceof Number)
      return Number.isFinite(Number(value)) ? value : report(at, 'is not a number that can be kept exactly')
    if (Array.isArray(value)) return value.map((entry, index) => freeData([...at, index], entry))
    if (!isMap(value)) return report(at, 'is not plain data')
    const copy = emptyValues()
    const isInList = at.some((step) => typeof step === 'number')
    for (const [key, entry] of Object.entries(value)) {
      // Outside of lists null has done its work when the layers were merged; inside it is data.
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

/** What stands for a group that nobody gave values, or that somebody set to null: then none of its inputs has a value. */
function groupValues({ fields = new Map<string, Shape>() }: Shape, overrides: unknown): Values {
  const values = emptyValues()
  if (overrides === null) for (const name of fields.keys()) values[name] = null
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

/** Where JSON and JavaScript begin to lose digits. */
const BEYOND = 'is beyond 2^53, where whole numbers are not exact any more'

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
      return typeof value === 'string' ? undefined : 'must be a text'
  }
}
