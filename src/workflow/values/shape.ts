import type { InputDeclaration, InputType, ValueType } from '../../schema/input.ts'
import type { Path } from '../../core/yaml.ts'

/**
 * What a value must look like. All inputs of a package are one map: `store.token` is the field `token` of the group
 * `store`. So values.yaml, `--set` and expressions walk the same tree, whatever the depth.
 */
export interface Shape {
  readonly type: InputType
  /** stands for the dots in keys: its map is always there */
  readonly isGroup: boolean
  readonly isSecret: boolean
  readonly isRequired: boolean
  /** what people call it, and what it is for */
  readonly label: string | undefined
  readonly description: string | undefined
  readonly default: unknown
  readonly options: readonly (string | number | boolean)[] | undefined
  readonly min: number | undefined
  readonly max: number | undefined
  /** the shape of each item; a list without one holds any data */
  readonly item: Shape | undefined
  /** the fields by name; a map without them holds any data */
  readonly fields: ReadonlyMap<string, Shape> | undefined
}

/** Something wrong at a path: in the manifest, or among the values. */
export interface ShapeProblem {
  readonly path: Path
  readonly message: string
  /** nothing is wrong but that a required value is not there */
  readonly isMissing?: true
}

/** The shape of all inputs together, and what is wrong with their declarations (paths lead into colony.yaml). */
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

/** How a path of values is written in messages and for `--set`: `datasets[0].name`. */
export function formatPath(path: Path): string {
  return path
    .map((step, i) => {
      if (typeof step === 'number') return `[${step}]`
      if (/[.[\]=]/.test(step)) return `[${JSON.stringify(step)}]`
      return i === 0 ? step : `.${step}`
    })
    .join('')
}

/** The shape of what a path of values leads to; undefined in data without a declared shape. */
export function shapeAt(root: Shape, path: Path): Shape | undefined {
  return path.reduce<Shape | undefined>(
    (shape, step) => (typeof step === 'number' ? shape?.item : shape?.fields?.get(step)),
    root,
  )
}

/** The keys that `--set` takes, as written there, without what lies in lists. */
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
    fields = group.fields as Map<string, Shape> // a group is made above, of a Map
  }
  return fields
}

function collision(key: string, there: Shape | undefined): string {
  return there?.isGroup === false
    ? `the input ${key} is declared twice`
    : `the input ${key} stands where another one is: a key can't be an input and the beginning of another key`
}

function groupShape(fields: Map<string, Shape>): Shape {
  return { ...bare('map'), isGroup: true, fields }
}

function bare(type: InputType): Shape {
  return {
    type,
    isGroup: false,
    isSecret: false,
    isRequired: false,
    label: undefined,
    description: undefined,
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
    isRequired: value.required === true,
    label: value.label,
    description: value.description,
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
    if (field.key.includes('.')) problems.push({ path: at, message: `the key of a field has no dots: ${field.key}` })
    else if (shapes.has(field.key)) problems.push({ path: at, message: `the field ${field.key} is declared twice` })
    else shapes.set(field.key, shapeOf(field, [...path, index], problems))
  })
  return shapes
}
