import type { Path } from '../../core/yaml.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import { type Finding, formatPath, type Shape } from './shape.ts'

/** A map of values. It has no prototype, so that no key means more than itself. */
export type Values = Record<string, unknown>

interface FitOptions {
  /** a required value may be missing: templates and defaults are checked before anybody gives values */
  partial: boolean
}

const MAX_DEPTH = 32
const MAX_SUGGESTIONS = 100

/**
 * Fits a value into its shape: fills in defaults, refuses what does not fit. Every problem is reported, and none of them
 * repeats the value, which may be a secret.
 * @returns a copy of plain data, to be used only when nothing was reported
 */
export function fitValue(
  shape: Shape,
  value: unknown,
  { partial }: FitOptions,
): { value: unknown; problems: Finding[] } {
  const problems: Finding[] = []
  const report = (path: Path, message: string): unknown => {
    problems.push({ path, message: path.length === 0 ? message : `${formatPath(path)} ${message}` })
    return undefined
  }

  const fit = (at: Path, shape: Shape, given: unknown): unknown => {
    const value = given ?? (shape.isGroup ? {} : shape.default)
    if (value === undefined || value === null) {
      if (shape.isRequired && !partial)
        problems.push({ path: at, message: `${formatPath(at)} is required`, isMissing: true })
      return undefined
    }
    if (shape.type === 'list') return fitList(at, shape, value)
    if (shape.type === 'map') return fitMap(at, shape, value)
    const problem = scalarProblem(shape, value)
    return problem === undefined ? value : report(at, problem)
  }

  const fitList = (at: Path, { item }: Shape, value: unknown): unknown => {
    if (!Array.isArray(value)) return report(at, 'must be a list')
    return value.map((entry: unknown, index) => {
      const path = [...at, index]
      if (!item) return freeData(path, entry)
      return entry === null || entry === undefined ? report(path, 'has no value') : fit(path, item, entry)
    })
  }

  // Comparing names is costly: after so many mistakes another suggestion helps nobody.
  const suggestion = (key: string, fields: ReadonlyMap<string, Shape>) =>
    problems.length < MAX_SUGGESTIONS ? didYouMean(key, fields.keys()) : ''

  const fitMap = (at: Path, { fields }: Shape, value: unknown): unknown => {
    if (!isMap(value)) return report(at, 'must be a map')
    if (!fields) return freeData(at, value)
    const values = emptyValues()
    for (const key of Object.keys(value)) {
      const path = [...at, key]
      if (!fields.has(key)) report(path, `is not among the inputs${suggestion(key, fields)}`)
    }
    for (const [name, field] of fields) {
      const fitted = fit([...at, name], field, Object.hasOwn(value, name) ? value[name] : undefined)
      if (fitted !== undefined) values[name] = fitted
    }
    return values
  }

  const freeData = (at: Path, value: unknown): unknown => {
    if (at.length > MAX_DEPTH) return report(at, `is nested deeper than ${MAX_DEPTH}`)
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
    if (typeof value === 'number')
      return isExact(value) ? value : report(at, 'is not a number that can be kept exactly')
    if (Array.isArray(value)) return value.map((entry, index) => freeData([...at, index], entry))
    if (!isMap(value)) return report(at, 'is not plain data')
    const copy = emptyValues()
    for (const key of Object.keys(value)) copy[key] = freeData([...at, key], value[key])
    return copy
  }

  return { value: fit([], shape, value), problems }
}

export function emptyValues(): Values {
  return Object.create(null) as Values
}

export function isMap(value: unknown): value is Values {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
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

function typeProblem({ type }: Shape, value: unknown): string | undefined {
  switch (type) {
    case 'integer':
      return Number.isSafeInteger(value) ? undefined : 'must be an integer'
    case 'number':
      return typeof value === 'number' && isExact(value) ? undefined : 'must be a number'
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false'
    case 'path':
      return typeof value === 'string' && value !== '' && !value.includes('\0') ? undefined : 'must be a path'
    default:
      return typeof value === 'string' ? undefined : 'must be a text'
  }
}
