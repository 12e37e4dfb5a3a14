type Fields = Readonly<Record<string, unknown>>

/**
 * The fields that the server keeps of a definition's schema, and of each property in it (docs/colonyos.md, "Facts
 * that cpm relies on").
 */
const SCHEMA_FIELDS = ['type', 'properties', 'required']
const PROPERTY_FIELDS = ['type', 'description', 'enum', 'default', 'properties', 'items']

export interface KeptDefinition {
  readonly spec: unknown
  /** the parts that the server does not keep, as paths below `spec` */
  readonly dropped: readonly string[]
}

/** Returns a definition as the server keeps it, in a form that can be compared with the original. */
export function keptDefinition(spec: unknown): KeptDefinition {
  const { group, version, scope, ...rest } = fieldsOf(spec)
  const [names, handler] = [fieldsOf(rest.names), fieldsOf(rest.handler)]
  const dropped: string[] = []
  const schema = isFields(rest.schema) ? keptSchema(rest.schema, 'schema', SCHEMA_FIELDS, dropped) : {}
  const kept = {
    group,
    version,
    scope,
    schema,
    names: {
      kind: names.kind,
      singular: names.singular,
      plural: names.plural,
      listKind: names.listKind ?? '',
      shortNames: names.shortNames ?? [],
    },
    handler: {
      executorType: handler.executorType ?? '',
      functionName: handler.functionName ?? '',
      reconcileInterval: handler.reconcileInterval ?? 0,
    },
  }
  return { spec: kept, dropped }
}

function keptSchema(schema: Fields, at: string, known: readonly string[], dropped: string[]): Fields {
  const kept: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(schema)) {
    const path = `${at}.${key}`
    if (!known.includes(key)) dropped.push(path)
    else if (key === 'properties' && isFields(value)) {
      const properties = Object.entries(value).map(([name, property]) => [
        name,
        keptSchema(fieldsOf(property), `${path}.${name}`, PROPERTY_FIELDS, dropped),
      ])
      if (properties.length > 0) kept[key] = Object.fromEntries(properties)
    } else if (key === 'items') kept[key] = keptSchema(fieldsOf(value), path, PROPERTY_FIELDS, dropped)
    // The server treats an empty string, list or map as missing, but a default of 0, false or "" as set.
    else if (key === 'default' ? value !== null : !isEmpty(value)) kept[key] = value
  }
  return kept
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

function isFields(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {}
}
