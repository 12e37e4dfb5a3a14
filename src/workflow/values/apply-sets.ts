import type { Path } from '../../core/yaml.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import { emptyValues, isMap, type Values } from './fit-value.ts'
import { isPrefix } from './layer.ts'
import type { SetOption } from './set-option.ts'
import { type ShapeProblem, formatPath, keysOf, type Shape } from './shape.ts'

type Container = Values | unknown[]

interface Applied {
  /** the values of all options; later options override earlier ones */
  readonly data: Values
  readonly problems: readonly { option: SetOption; finding: ShapeProblem }[]
}

/**
 * Combines the options that set one value each into one tree of values. Its maps are later merged with those of lower
 * layers, but its lists replace theirs. So the first option that sets an item of a list copies the list of the lower
 * layers.
 * @param lower the merged values of the lower layers
 */
export function applySets(
  root: Shape,
  options: readonly SetOption[],
  { lower, otherKeys = [] }: { lower?: unknown; otherKeys?: readonly string[] } = {},
): Applied {
  const data = emptyValues()
  const problems = options.flatMap((option) => {
    const message = applySet(root, data, option, { lower, otherKeys })
    return message === undefined ? [] : [{ option, finding: { path: option.path, message } }]
  })
  return { data, problems }
}

/** Returns the last option that sets something at a path, or next to it in the same item of a list. */
export function optionAbout(options: readonly SetOption[], path: Path): SetOption | undefined {
  const item = path.slice(0, path.findLastIndex((step) => typeof step === 'number') + 1)
  return (
    options.findLast((option) => isPrefix(option.path, path) || isPrefix(path, option.path)) ??
    (item.length > 0 ? options.findLast((option) => isPrefix(item, option.path)) : undefined)
  )
}

function applySet(
  root: Shape,
  values: Values,
  { option, path, value }: SetOption,
  { lower, otherKeys }: { lower: unknown; otherKeys: readonly string[] },
): string | undefined {
  let shape: Shape | undefined = root
  let container: Container = values
  for (const [depth, step] of path.entries()) {
    const problem = stepProblem(root, shape, container, path.slice(0, depth + 1), otherKeys)
    if (problem !== undefined) return problem
    const child = childShape(shape, step)
    if (depth === path.length - 1) {
      if (child && isText(option)) {
        if (child.type === 'list') return `${formatPath(path)} is a list: set its items, such as ${formatPath(path)}[0]`
        if (child.type === 'map')
          return `${formatPath(path)} is a map: set its fields, such as ${formatPath(path)}.name`
        // The file's contents would be visible in the values.
        if (child.isSecret && option === '--set-file')
          return `${formatPath(path)} is secret: use --set ${formatPath(path)}=file:PATH, which does not reveal the contents`
      }
      put(container, step, child && option === '--set' ? readScalar(child, value as string) : value)
      return undefined
    }
    if (child && child.type !== 'list' && child.type !== 'map')
      return `${formatPath(path)} is unknown: ${formatPath(path.slice(0, depth + 1))} is of type ${child.type}`
    const wantsList = typeof path[depth + 1] === 'number'
    let next = get(container, step)
    if (wantsList ? !Array.isArray(next) : !isMap(next))
      next = wantsList ? listAt(lower, path.slice(0, depth + 1)) : emptyValues()
    put(container, step, next)
    container = next as Container
    shape = child
  }
  return undefined
}

/** Returns why the last step of a path is invalid. In a list or map that holds any data, every step is valid. */
function stepProblem(
  root: Shape,
  shape: Shape | undefined,
  container: Container,
  path: Path,
  otherKeys: readonly string[],
): string | undefined {
  const step = path.at(-1)
  const name = formatPath(path)
  if (typeof step === 'number') {
    if (shape && shape.type !== 'list') return `${formatPath(path.slice(0, -1))} is not a list`
    const length = Array.isArray(container) ? container.length : 0
    if (step <= length) return undefined
    return `${name} leaves a gap: ${length === 0 ? 'the items before it are not set' : `the list has ${length} item${length === 1 ? '' : 's'}`}`
  }
  if (step === undefined || !shape) return undefined
  if (shape.type === 'list') return `${formatPath(path.slice(0, -1))} is a list: use an index such as [0]`
  if (!shape.fields || shape.fields.has(step)) return undefined
  const known = shape.isGroup ? [...keysOf(root), ...otherKeys] : [...shape.fields.keys()]
  return `${name} is not a declared input${didYouMean(shape.isGroup ? name : step, known)}`
}

/** Returns a copy of the list that the lower layers have at a path. */
function listAt(lower: unknown, path: Path): unknown[] {
  const found = path.reduce<unknown>(
    (value, step) => (isMap(value) && typeof step === 'string' && Object.hasOwn(value, step) ? value[step] : undefined),
    lower,
  )
  return Array.isArray(found) ? structuredClone(found as unknown[]) : []
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

/** Whether an option's value is a string, which can't be a list or map. */
function isText(option: SetOption['option']): boolean {
  return option !== '--set-json' && option !== 'answer'
}

/**
 * Converts a string to its declared type. A string that does not fit is returned unchanged, and the check of the value
 * rejects it. Adding 0 turns -0 into 0, since JSON has only one zero.
 */
export function readScalar({ type }: Shape, text: string): unknown {
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  return (type === 'integer' || type === 'number') && NUMBER.test(text) ? Number(text) + 0 : text
}

/** The numbers of a values file: YAML's core schema. */
const NUMBER = /^(?:[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|0o[0-7]+|0x[\da-fA-F]+)$/
