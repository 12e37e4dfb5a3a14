import { emptyValues, isMap } from './fit-value.ts'
import { mergeValues } from './layer.ts'
import { defaultsLayer, ownValues, type PackageInputs } from './package-inputs.ts'
import type { FindInputs } from './dependency-inputs.ts'
import type { Shape } from './shape.ts'

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = Record<string, unknown>

/** What a secret's reference looks like (secret-reference.ts); `u` is how JSON Schema reads patterns. */
const REFERENCE =
  '^(secret:[A-Za-z0-9_][A-Za-z0-9_.\\/\\-]{0,127}|env:[A-Za-z_][A-Za-z0-9_]{0,127}|file:[^\\u0000]{1,4096})$'
const PATH = '^[^\\u0000]+$'
/** Numbers beyond 2^53 are not kept exactly, and refused. */
const LIMIT = Number.MAX_SAFE_INTEGER

/**
 * The JSON Schema of a package's inputs: it accepts what one file of values may hold that gives everything which the package leaves open.
 * Editors, forms and other programs take it. Two bounds it can't tell are the size of all values and the depth of free data.
 */
export function inputsSchema(
  { name, description }: { name: string; description?: string | undefined },
  declared: PackageInputs,
  find: FindInputs,
): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: name,
    ...(description !== undefined && { description }),
    ...packageSchema(declared, find, undefined, []),
    $defs: { data: DATA },
  }
}

/** Any plain data, with numbers that can be kept exactly. */
const DATA: JsonSchema = {
  anyOf: [
    { type: ['null', 'boolean', 'string'] },
    { type: 'number', minimum: -LIMIT, maximum: LIMIT },
    { type: 'array', items: { $ref: '#/$defs/data' } },
    { type: 'object', additionalProperties: { $ref: '#/$defs/data' } },
  ],
}
const ANY = { $ref: '#/$defs/data' }

interface Situation {
  /** what lower layers give: what they have need not be given again */
  readonly base: unknown
  /** whether what is required may be missing: in the section of a dependency, which not every workflow takes in */
  readonly isSection: boolean
}

/**
 * @param given what a user of the package gives it already
 * @param above the packages that led here: packages may depend on each other in a circle
 */
function packageSchema(
  declared: PackageInputs,
  find: FindInputs,
  overrides: unknown,
  above: readonly string[],
): JsonSchema {
  const own = declared.document?.data ?? emptyValues()
  const all = mergeValues(own, overrides)
  const base = mergeValues(defaultsLayer(declared).data, ownValues(declared, isMap(all) ? all : emptyValues()))
  const { properties, ...group } = fieldsSchema(declared.shape, { base, isSection: above.length > 0 })
  const names = [...declared.dependencies].filter((name) => declared.shape.fields?.has(name) !== true)
  const sections = names.map((name): [string, JsonSchema] => {
    const dependency = above.includes(name) ? undefined : find(name)
    const section = isMap(all) ? all[name] : undefined
    const schema = dependency ? packageSchema(dependency, find, section, [...above, name]) : {}
    return [name, { title: `values for ${name}`, ...schema, type: ['object', 'null'] }]
  })
  return { ...group, properties: { ...properties, ...Object.fromEntries(sections) } }
}

interface FieldsSchema extends JsonSchema {
  properties: JsonSchema
  required?: string[]
}

function fieldsSchema(
  { fields = new Map<string, Shape>(), isGroup }: Shape,
  { base, isSection }: Situation,
): FieldsSchema {
  const properties: [string, JsonSchema][] = []
  const required: string[] = []
  for (const [name, field] of fields) {
    const below = isMap(base) && Object.hasOwn(base, name) ? base[name] : undefined
    const isLenient = isGroup && isSection
    if (!isLenient && isNeeded(field, below)) required.push(name)
    // A field's default counts where nothing is given, and is no layer that values are merged with.
    const known = below === undefined && !isGroup ? field.default : below
    const shown = known !== undefined && known !== null && !field.isGroup ? { default: known } : {}
    const schema = { ...valueSchema(field, { base: below, isSection }), ...shown }
    properties.push([name, isLenient || !hasRequired(field) ? orNull(schema) : schema])
  }
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  }
}

/** Whether something required has no value yet; a group is needed for what is in it. */
function isNeeded(field: Shape, base: unknown): boolean {
  if (!field.isGroup) return field.isRequired && (base ?? null) === null
  return [...(field.fields ?? [])].some(([name, below]) => isNeeded(below, isMap(base) ? base[name] : undefined))
}

function hasRequired({ isGroup, isRequired, fields = new Map<string, Shape>() }: Shape): boolean {
  return isGroup ? [...fields.values()].some(hasRequired) : isRequired
}

function valueSchema(shape: Shape, situation: Situation): JsonSchema {
  const { label, description, options, isSecret } = shape
  return {
    ...(label !== undefined && { title: label }),
    ...(description !== undefined && { description }),
    ...typeSchema(shape, situation),
    ...(options && { enum: [...options] }),
    ...(isSecret && { pattern: REFERENCE, writeOnly: true, 'x-cpm-secret': true }),
  }
}

function typeSchema(shape: Shape, situation: Situation): JsonSchema {
  const { type, min = -LIMIT, max = LIMIT, item, fields } = shape
  switch (type) {
    case 'list':
      return { type: 'array', items: item ? valueSchema(item, { ...situation, base: undefined }) : ANY }
    case 'map':
      return fields ? fieldsSchema(shape, situation) : { type: 'object', additionalProperties: ANY }
    case 'integer':
    case 'number':
      return { type, minimum: Math.max(min, -LIMIT), maximum: Math.min(max, LIMIT) }
    case 'path':
      return { type: 'string', pattern: PATH }
    default:
      return { type }
  }
}

/** Where null may stand: it takes away what lower layers gave. */
function orNull(schema: JsonSchema): JsonSchema {
  const nullable = { ...schema, type: [schema.type, 'null'] }
  return Array.isArray(schema.enum) ? { ...nullable, enum: [...(schema.enum as unknown[]), null] } : nullable
}
