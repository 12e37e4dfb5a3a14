import type { InputDeclaration, InputType, ValueType } from '../../schema/input.ts'
import type { Path } from '../../core/yaml.ts'

/**
 * What a value must look like. All inputs of a package form one map: `store.token` is the field `token` of the group
 * `store`. So values.yaml, `--set` and expressions all work on the same tree.
 */
export interface Shape {
  readonly type: InputType
  /** comes from the dots in keys; its map always exists */
  readonly isGroup: boolean
  readonly isSecret: boolean
  /** a path to what the workflow makes, which may not exist yet */
  readonly isOutput: boolean
  readonly isRequired: boolean
  /** its name for people, and its purpose */
  readonly label: string | undefined
  readonly description: string | undefined
  /** the unit of a number, and a value that fits */
  readonly unit: string | undefined
  readonly example: unknown
  readonly default: unknown
  readonly options: readonly (string | number | boolean)[] | undefined
  readonly min: number | undefined
  readonly max: number | undefined
  /** the shape of each item; a list without it holds any data */
  readonly item: Shape | undefined
  /** the fields by name; a map without this holds any data */
  readonly fields: ReadonlyMap<string, Shape> | undefined
}

/** A problem at a path in the manifest or in the values. */
export interface ShapeProblem {
  readonly path: Path
  readonly message: string
  /** the only problem is that a required value is missing */
  readonly isMissing?: true
}

/** Returns the shape of all inputs, and the problems of their declarations, with paths in colony.yaml. */
export function shapeOfInputs(inputs: readonly InputDeclaration[]): { root: Shape; problems: ShapeProblem[] } {
  const problems: ShapeProblem[] = []
  const fields = new Map<string, Shape>()
  inputs.forEach((input, index) => {
    const path = ['inputs', index]
    const parts = input.key.split('.')
    const name = parts.pop() ?? input.key
    const group = groupOf(fields, parts)
    if (!group || group.has(name))
      problems.push({ path: [...path, 'key'], message: collision(input.key, group?.get(name)) })
    else group.set(name, shapeOf(input, path, problems))
  })
  return { root: groupShape(fields), problems }
}

/** Formats a path as in messages and `--set`: `datasets[0].name`. */
export function formatPath(path: Path): string {
  return path
    .map((step, i) => {
      if (typeof step === 'number') return `[${step}]`
      if (/[.[\]=]/.test(step)) return `[${JSON.stringify(step)}]`
      return i === 0 ? step : `.${step}`
    })
    .join('')
}

/** Returns the shape at a path; undefined in data without a declared shape. */
export function shapeAt(root: Shape, path: Path): Shape | undefined {
  return path.reduce<Shape | undefined>(
    (shape, step) => (typeof step === 'number' ? shape?.item : shape?.fields?.get(step)),
    root,
  )
}

/** Returns the keys as `--set` takes them, except those inside lists. */
export function keysOf(shape: Shape, prefix = ''): string[] {
  return [...(shape.fields ?? [])].flatMap(([name, field]) =>
    field.isGroup ? keysOf(field, `${prefix}${name}.`) : [prefix + name],
  )
}

function groupOf(root: Map<string, Shape>, parts: readonly string[]): Map<string, Shape> | undefined {
  let fields = root
  for (const part of parts) {
    let group = fields.get(part)
    if (!group) fields.set(part, (group = groupShape(new Map())))
    if (!group.isGroup) return undefined
    fields = group.fields as Map<string, Shape> // the fields of a group, created above, are a Map
  }
  return fields
}

function collision(key: string, there: Shape | undefined): string {
  return there?.isGroup === false
    ? `the input ${key} is declared twice`
    : `the input ${key} conflicts with another input: a key can't be an input and also the prefix of another key`
}

function groupShape(fields: Map<string, Shape>): Shape {
  return { ...bare('map'), isGroup: true, fields }
}

function bare(type: InputType): Shape {
  return {
    type,
    isGroup: false,
    isSecret: false,
    isOutput: false,
    isRequired: false,
    label: undefined,
    description: undefined,
    unit: undefined,
    example: undefined,
    default: undefined,
    options: undefined,
    min: undefined,
    max: undefined,
    item: undefined,
    fields: undefined,
  }
}

function shapeOf(value: ValueType, path: Path, problems: ShapeProblem[]): Shape {
  const item = value.items && shapeOf(value.items, [...path, 'items'], problems)
  return {
    ...bare(value.type),
    isSecret: value.secret === true,
    isOutput: value.output === true,
    isRequired: value.required === true,
    label: value.label,
    description: value.description,
    unit: value.unit,
    example: value.example,
    default: value.default,
    options: value.options,
    min: value.min,
    max: value.max,
    item,
    fields: value.fields && fieldShapes(value.fields, [...path, 'fields'], problems),
  }
}

function fieldShapes(fields: readonly InputDeclaration[], path: Path, problems: ShapeProblem[]): Map<string, Shape> {
  const shapes = new Map<string, Shape>()
  fields.forEach((field, index) => {
    const at = [...path, index, 'key']
    if (field.key.includes('.'))
      problems.push({ path: at, message: `the key of a field can't contain dots: ${field.key}` })
    else if (shapes.has(field.key)) problems.push({ path: at, message: `the field ${field.key} is declared twice` })
    else shapes.set(field.key, shapeOf(field, [...path, index], problems))
  })
  return shapes
}
