import { type PayloadKind, PAYLOADS } from '../../schema/specs/workflow.ts'
import type { Place } from './rendered.ts'
import type { TemplateNode } from './template-node.ts'

/** Functions that work on a template as written, before it is expanded. */

/** Returns the items of a partial that is included in a list. */
export function itemsOf(template: TemplateNode): readonly TemplateNode[] {
  return template.kind === 'list' ? template.items : [template]
}

/** Returns the nodes of a workflow as written; undefined if the template is not a workflow. */
export function functionsOf(template: TemplateNode): readonly TemplateNode[] | undefined {
  const functions = entryOf(template, 'functions')
  const kind = entryOf(template, 'kind')
  if (kind?.kind !== 'scalar' || kind.value !== 'Workflow' || functions?.kind !== 'list') return undefined
  if (template.kind !== 'structure') return functions.items
  // The workflow's $let is in scope in each of its nodes.
  const body = { kind: 'do', items: functions.items, place: functions } as const
  return [{ ...template, body }]
}

/** Returns the `payload` of a document. Partials have none of their own: they use that of the including document. */
export function payloadOf(template: TemplateNode): PayloadKind {
  const node = entryOf(template, 'payload')
  const written = node?.kind === 'scalar' ? node.value : undefined
  return PAYLOADS.find((kind) => kind === written) ?? 'none'
}

/** Returns all ids in a file, even those of items that are left out. */
export function idsIn(node: TemplateNode): { readonly name: string; readonly place: Place }[] {
  switch (node.kind) {
    case 'list':
      return node.items.flatMap(idsIn)
    case 'map':
      return [...node.entries.map((entry) => entry.node), ...(node.merge ?? [])].flatMap(idsIn)
    case 'structure': {
      const { id, body } = node
      const below = body.kind === 'map' ? idsIn(body.node) : body.kind === 'do' ? body.items.flatMap(idsIn) : []
      return [...(id ? [id] : []), ...below]
    }
    default:
      return []
  }
}

/** Returns the value of a key at the top level, even next to `$let`. */
function entryOf(template: TemplateNode, key: string): TemplateNode | undefined {
  const map = template.kind === 'structure' && template.body.kind === 'map' ? template.body.node : template
  return map.kind === 'map' ? map.entries.find((entry) => entry.key === key)?.node : undefined
}
