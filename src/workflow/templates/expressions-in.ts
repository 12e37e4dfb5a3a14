import type { Body, Structure, TemplateExpression, TemplateNode } from './template-node.ts'

/** Returns every expression in a template, even in parts that are left out. */
export function expressionsIn(node: TemplateNode): TemplateExpression[] {
  switch (node.kind) {
    case 'text':
      return node.parts.filter((part) => part.kind === 'expression')
    case 'list':
      return node.items.flatMap(expressionsIn)
    case 'map':
      return [...node.entries.map((entry) => entry.node), ...(node.merge ?? [])].flatMap(expressionsIn)
    case 'structure':
      return [...deciding(node), ...inBody(node.body)]
    default:
      return []
  }
}

/** Returns the expressions of `$for`, `$let` and `$if`. */
function deciding({ loop, lets, condition }: Structure): TemplateExpression[] {
  const own = [...(loop ? [loop.list] : []), ...(condition ? [condition] : [])]
  return [...own, ...lets.flatMap(({ node }) => expressionsIn(node))]
}

function inBody(body: Body): TemplateExpression[] {
  if (body.kind === 'map') return expressionsIn(body.node)
  if (body.kind === 'do') return body.items.flatMap(expressionsIn)
  return [body.prefix, body.dependencies].flatMap((node) => (node ? expressionsIn(node) : []))
}
