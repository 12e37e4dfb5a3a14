import { z } from 'zod'
import { SPEC_SCHEMAS } from '../../schema/specs/documents.ts'

type JsonSchema = Record<string, unknown>

/** A value that an expression makes. */
const EXPRESSION: JsonSchema = { type: 'string', pattern: '\\$\\{' }
/** A map of structural keys, such as `$for` or `$all`, that stands for a value or for several. */
const STRUCTURE: JsonSchema = { type: 'object', minProperties: 1, propertyNames: { pattern: '^\\$' } }

/**
 * Returns the JSON Schema of documents in workflows/ for editors: the specs, in which expressions and structural keys
 * can take the place of any value. It only helps to find slips; `cpm validate` knows the rest.
 */
export function workflowSchema(): JsonSchema {
  const kinds = z.union(Object.values(SPEC_SCHEMAS))
  const { anyOf = [], ...rest } = z.toJSONSchema(kinds, { io: 'input', unrepresentable: 'any' })
  return { ...rest, title: 'a document in workflows/', anyOf: anyOf.map((kind) => document(kind as JsonSchema)) }
}

/** Requires only the kind, which is always written out: other fields may come from an include or a merge. */
function document({ properties, ...schema }: JsonSchema): JsonSchema {
  const { kind, ...fields } = properties as Record<string, JsonSchema> // each kind of document is an object
  return { ...templateMap({ ...schema, properties: fields }, { kind }), required: ['kind'] }
}

function templateMap({ required: _, ...schema }: JsonSchema, fixed: JsonSchema = {}): JsonSchema {
  const { properties = {}, additionalProperties } = schema
  const fields = Object.entries(properties as Record<string, JsonSchema>)
  return {
    ...schema,
    properties: { ...fixed, ...Object.fromEntries(fields.map(([key, field]) => [key, templateValue(field)])) },
    patternProperties: { '^\\$': {} },
    ...(isSchema(additionalProperties) && { additionalProperties: templateValue(additionalProperties) }),
  }
}

function templateValue(schema: JsonSchema): JsonSchema {
  const { type, items, minItems: _, ...rest } = schema
  if (type === 'object') return { anyOf: [templateMap(schema), EXPRESSION] }
  if (type === 'array' && isSchema(items))
    return { anyOf: [{ type, items: templateValue(items), ...rest }, EXPRESSION, STRUCTURE] }
  return Object.keys(schema).length === 0 ? {} : { anyOf: [schema, EXPRESSION, STRUCTURE] }
}

function isSchema(value: unknown): value is JsonSchema {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
