import { emptyValues, isMap } from './fit-value.ts'
import { mergeValues } from './layer.ts'
import { defaultsLayer, ownValues, type PackageInputs } from './package-inputs.ts'
import type { FindInputs } from './dependency-inputs.ts'
import type { Shape } from './shape.ts'

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = Record<string, unknown>

/** The pattern of a secret's reference (secret-reference.ts); JSON Schema reads patterns with the flag `u`. */
const REFERENCE =
  '^(secret:[A-Za-z0-9_][A-Za-z0-9_.\\/\\-]{0,127}|env:[A-Za-z_][A-Za-z0-9_]{0,127}|file:[^\\u0000]{1,4096})$'
const PATH = '^[^\\u0000]+$'
/** Numbers beyond 2^53 are not exact, so they are refused. */
const LIMIT = Number.MAX_SAFE_INTEGER

/**
 * Returns the JSON Schema of a package's inputs, for editors, forms and other programs. It accepts the values files
 * that cpm accepts without any other values. It can't express two limits: the size of all values and the depth of
 * free data.
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

/** Any plain data whose numbers are exact. */
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
  /** the values of lower layers, which need not be set again */
  readonly base: unknown
  /** whether required values may be missing: in the section of a dependency, which not every workflow includes */
  readonly isSection: boolean
}

/**
 * @param overrides the values that a dependent package already sets
 * @param above the packages that led here, since packages may depend on each other in a cycle
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
    // A field's default applies if there is no value; values are not merged with it.
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

/** Whether a required value is still missing; a group is needed if any of its inputs is. */
function isNeeded(field: Shape, base: unknown): boolean {
  if (!field.isGroup) return field.isRequired && (base ?? null) === null
  return [...(field.fields ?? [])].some(([name, below]) => isNeeded(below, isMap(base) ? base[name] : undefined))
}

function hasRequired({ isGroup, isRequired, fields = new Map<string, Shape>() }: Shape): boolean {
  return isGroup ? [...fields.values()].some(hasRequired) : isRequired
}

function valueSchema(shape: Shape, situation: Situation): JsonSchema {
  const { label, description, unit, example, options, isSecret } = shape
  return {
    ...(label !== undefined && { title: label }),
    ...(description !== undefined && { description }),
    ...(unit !== undefined && { 'x-cpm-unit': unit }),
    ...(example !== undefined && { examples: [example] }),
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

/** Also allows null, which removes the value of lower layers. */
function orNull(schema: JsonSchema): JsonSchema {
  const nullable = { ...schema, type: [schema.type, 'null'] }
  return Array.isArray(schema.enum) ? { ...nullable, enum: [...(schema.enum as unknown[]), null] } : nullable
}
