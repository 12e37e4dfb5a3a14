import { didYouMean } from '../../core/did-you-mean.ts'
import { emptyValues, isMap, type Values } from './fit-value.ts'
import type { SetOption } from './set-option.ts'
import { type Finding, formatPath, keysOf, type Shape } from './shape.ts'

type Container = Values | unknown[]

/**
 * Puts the values of `--set` over those of the package, in place; later ones win. A map is merged field by field; the first
 * index set in a list starts a new list, so what the package had in it is gone as a whole.
 */
export function applySets(root: Shape, values: Values, sets: readonly SetOption[]): Finding[] {
  const problems: Finding[] = []
  const startedLists = new Set<unknown>()
  for (const set of sets) {
    const problem = applySet(root, values, set, startedLists)
    if (problem !== undefined) problems.push({ path: set.path, message: problem })
  }
  return problems
}

function applySet(root: Shape, values: Values, { path, text }: SetOption, started: Set<unknown>): string | undefined {
  let shape: Shape | undefined = root
  let container: Container = values
  for (const [depth, step] of path.entries()) {
    const problem = stepProblem(root, shape, container, path.slice(0, depth + 1))
    if (problem !== undefined) return problem
    const child = childShape(shape, step)
    if (depth === path.length - 1) {
      if (child?.type === 'list') return `${formatPath(path)} is a list: set its items, as ${formatPath(path)}[0]`
      if (child?.type === 'map') return `${formatPath(path)} is a map: set its fields, as ${formatPath(path)}.name`
      put(container, step, child ? readScalar(child, text) : text)
      return undefined
    }
    if (child && child.type !== 'list' && child.type !== 'map')
      return `${formatPath(path)} is unknown: ${formatPath(path.slice(0, depth + 1))} is of type ${child.type}`
    const wantsList = typeof path[depth + 1] === 'number'
    let next: unknown = child ? (get(container, step) ?? structuredClone(child.default)) : get(container, step)
    if (wantsList && !(Array.isArray(next) && started.has(next))) started.add((next = []))
    else if (!wantsList && !isMap(next)) next = emptyValues()
    put(container, step, next)
    container = next as Container
    shape = child
  }
  return undefined
}

/** Why the last step of a path leads nowhere. Below a list or map that may hold anything, every step is welcome. */
function stepProblem(
  root: Shape,
  shape: Shape | undefined,
  container: Container,
  path: readonly (string | number)[],
): string | undefined {
  const step = path.at(-1)
  const name = formatPath(path)
  if (typeof step === 'number') {
    if (shape && shape.type !== 'list') return `${formatPath(path.slice(0, -1))} is not a list`
    const length = Array.isArray(container) ? container.length : 0
    return step > length ? `${name} leaves a gap: the items before it are not set` : undefined
  }
  if (step === undefined || !shape) return undefined
  if (shape.type === 'list') return `${formatPath(path.slice(0, -1))} is a list: write an index, as [0]`
  if (!shape.fields || shape.fields.has(step)) return undefined
  const known = shape.isGroup ? keysOf(root) : [...shape.fields.keys()]
  return `${name} is not among the inputs${didYouMean(shape.isGroup ? name : step, known)}`
}

function childShape(shape: Shape | undefined, step: string | number): Shape | undefined {
  return typeof step === 'number' ? shape?.item : shape?.fields?.get(step)
}

function get(container: Container, step: string | number): unknown {
  return Object.hasOwn(container, step) ? (container as Values)[step] : undefined
}

function put(container: Container, step: string | number, value: unknown): void {
  ;(container as Values)[step] = value
}

/**
 * The text as its declared type; a text that does not fit stays a text, and is refused when the value is checked.
 * Adding 0 makes -0 a plain 0, which is all that JSON knows.
 */
function readScalar({ type }: Shape, text: string): unknown {
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  if (type === 'integer') return /^[+-]?\d{1,16}$/.test(text) ? Number(text) + 0 : text
  if (type === 'number') return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) + 0 : text
  return text
}
