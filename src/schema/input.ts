import { z } from 'zod'

export const INPUT_TYPES = ['string', 'integer', 'number', 'boolean', 'list', 'map', 'path'] as const
export type InputType = (typeof INPUT_TYPES)[number]

/** Type names of the first cpm, and what they mean. `select` is a string with options. */
const SEED_TYPES = new Map<string, InputType>([
  ['int', 'integer'],
  ['bool', 'boolean'],
  ['select', 'string'],
])

const Type = z
  .string()
  .transform((name) => SEED_TYPES.get(name) ?? name)
  .pipe(z.enum(INPUT_TYPES, `must be one of ${INPUT_TYPES.join(', ')}`))

/** Names with another meaning: as a key of a JavaScript object, or as a word in expressions. */
const RESERVED = new Set(['__proto__', 'in', 'true', 'false', 'null'])

/** The key of an input: dotted names, such as `store.token`. */
const Key = z
  .string()
  .max(128)
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/,
    'a key consists of names joined by dots, such as store.token',
  )
  .refine((key) => !key.split('.').some((part) => RESERVED.has(part)), 'this name is reserved')

const Scalar = z.union([z.string(), z.number(), z.boolean()])

const shape = {
  type: Type,
  label: z.string().max(256).optional(),
  description: z.string().max(4096).optional(),
  unit: z.string().min(1).max(32).optional(),
  example: z.unknown().optional(),
  default: z.unknown().optional(),
  required: z.boolean().optional(),
  secret: z.boolean().optional(),
  output: z.boolean().optional(),
  options: z.array(Scalar).min(1).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  items: z.lazy((): z.ZodType<ValueType> => Items).optional(),
  fields: z.lazy((): z.ZodType<InputDeclaration[]> => z.array(Field)).optional(),
}

const Items: z.ZodType<ValueType> = z.strictObject(shape).superRefine(check)
const Field: z.ZodType<InputDeclaration> = z.strictObject({ key: Key, ...shape }).superRefine(check)

/** The type of a value, shared by inputs, list items and map fields. */
export interface ValueType {
  type: InputType
  label?: string | undefined
  description?: string | undefined
  /** of a number, as shown to people: `px`, `GB` */
  unit?: string | undefined
  /** a value that fits, shown to people and never used */
  example?: unknown
  default?: unknown
  required?: boolean | undefined
  secret?: boolean | undefined
  /** of a path: the workflow makes what it names */
  output?: boolean | undefined
  options?: (string | number | boolean)[] | undefined
  min?: number | undefined
  max?: number | undefined
  items?: ValueType | undefined
  fields?: InputDeclaration[] | undefined
}
export interface InputDeclaration extends ValueType {
  key: string
}

/** A declared input of a package, the source for validation, the wizard, completion and docs. */
export const Input = Field

function check(value: ValueType, ctx: z.RefinementCtx): void {
  const wrong = (path: string, message: string) => {
    ctx.addIssue({ code: 'custom', path: [path], message })
  }
  const numeric = value.type === 'integer' || value.type === 'number'
  if (value.required === true && value.default !== undefined)
    wrong('required', "an input with a default can't be required")
  if (value.secret === true && value.type !== 'string')
    wrong('secret', `a secret must be a string, not a ${value.type}; mark the strings in it instead`)
  if (value.secret === true && value.options !== undefined)
    wrong('options', "a secret can't have options: they would reveal it")
  if (value.secret === true && value.example !== undefined) wrong('example', "a secret can't have an example")
  if (value.output === true && value.type !== 'path') wrong('output', `an output must be a path, not a ${value.type}`)
  if (value.unit !== undefined && !numeric) wrong('unit', `a unit belongs to a number, not to a ${value.type}`)
  if (value.items !== undefined && value.type !== 'list')
    wrong('items', `items belong to a list, not to a ${value.type}`)
  if (value.fields !== undefined && value.type !== 'map')
    wrong('fields', `fields belong to a map, not to a ${value.type}`)
  checkBounds(value, wrong)
  if (value.min !== undefined && !numeric) wrong('min', `min belongs to a number, not to a ${value.type}`)
  if (value.max !== undefined && !numeric) wrong('max', `max belongs to a number, not to a ${value.type}`)
}

/** Rejects bounds and options that no value can meet. */
function checkBounds(
  { type, min, max, options = [] }: ValueType,
  wrong: (path: string, message: string) => void,
): void {
  for (const [name, bound] of [
    ['min', min],
    ['max', max],
  ] as const)
    if (type === 'integer' && bound !== undefined && !Number.isSafeInteger(bound))
      wrong(name, `${name} of an integer must be an integer within 2^53`)
  if (min !== undefined && max !== undefined && min > max) wrong('max', 'max is less than min')
  for (const option of options) {
    const isOfType = type === 'integer' ? Number.isSafeInteger(option) : typeof option === SCALARS[type]
    if (!isOfType) wrong('options', `the option ${String(option)} is not a ${type}`)
    else if (Number(option) < (min ?? -Infinity) || Number(option) > (max ?? Infinity))
      wrong('options', `the option ${String(option)} is not between min and max`)
  }
  if (new Set(options).size < options.length) wrong('options', 'an option is listed twice')
}

/** The JSON types of the scalar types; a list or map has no options. */
const SCALARS: Partial<Record<InputType, string>> = {
  string: 'string',
  path: 'string',
  number: 'number',
  boolean: 'boolean',
}
