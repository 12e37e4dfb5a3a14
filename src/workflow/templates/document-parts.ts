import { type PayloadKind, PAYLOADS } from '../../schema/specs/workflow.ts'
import type { Place } from './rendered.ts'
import type { TemplateNode } from './template-node.ts'

/** What can be told of a template as it is written, before anything of it is made. */

/** A partial's items, where it stands in a list. */
export function itemsOf(template: TemplateNode): readonly TemplateNode[] {
  return template.kind === 'list' ? template.items : [template]
}

/** The nodes of a workflow, as they are written; undefined when it is none. */
export function functionsOf(template: TemplateNode): readonly TemplateNode[] | undefined {
  const functions = entryOf(template, 'functions')
  const kind = entryOf(template, 'kind')
  if (kind?.kind !== 'scalar' || kind.value !== 'Workflow' || functions?.kind !== 'list') return undefined
  if (template.kind !== 'structure') return functions.items
  // The names of the workflow's $let are around each of its nodes.
  const body = { kind: 'do', items: functions.items, place: functions } as const
  return [{ ...template, body }]
}

/** What a document says under `payload`; a partial is part of the document that includes it. */
export function payloadOf(template: TemplateNode): PayloadKind {
  const node = entryOf(template, 'payload')
  const written = node?.kind === 'scalar' ? node.value : undefined
  return PAYLOADS.find((kind) => kind === written) ?? 'none'
}

/** The ids that stand in a file, whatever becomes of the items they stand in. */
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

/** What stands under a key at the top, also beside `$let`. */
function entryOf(template: TemplateNode, key: string): TemplateNode | undefined {
  const map = template.kind === 'structure' && template.body.kind === 'map' ? template.body.node : template
  return map.kind === 'map' ? map.entries.find((entry) => entry.key === key)?.node : undefined
}
