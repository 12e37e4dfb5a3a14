import type { Path, Problem } from '../core/yaml.ts'
import { isDataPlace } from './check-template.ts'
import { OUTPUT_LIMITS, type OutputLimits, OutputSize, ResultError, resultNode, resultText } from './expression-result.ts'
import { ExpressionError, type Expressions } from './expressions.ts'
import type { ScopeValues } from './expression-scope.ts'
import type { Place, RenderedNode } from './rendered.ts'
import type { TemplateExpression, TemplateNode } from './template.ts'

export type Rendered = { root: RenderedNode; problems: [] } | { root: undefined; problems: readonly Problem[] }

interface RenderOptions {
  expressions: Expressions
  values: ScopeValues
  limits?: OutputLimits
}

/**
 * Renders a template that was checked. The tree of the output is that of the template: a value fills a scalar, and is never
 * read as YAML or as an expression.
 */
export function renderTemplate(
  file: string,
  template: TemplateNode,
  { expressions, values, limits = OUTPUT_LIMITS }: RenderOptions,
): Rendered {
  const bound = expressions.bind(values)
  const size = new OutputSize(limits)
  const problems: Problem[] = []

  const render = (node: TemplateNode, path: Path): RenderedNode => {
    const { line, column } = node
    const at = { line, column, isComputed: false }
    if (node.kind === 'text') return renderText(node.parts, node, path)
    size.add(path.length, typeof node.value === 'string' ? node.value.length : 0)
    if (node.kind === 'scalar') return { ...at, kind: 'scalar', value: node.value }
    if (node.kind === 'list')
      return { ...at, kind: 'list', items: node.items.map((item, index) => render(item, [...path, index])) }
    const entries = node.entries.map((entry) => ({ ...entry, node: render(entry.node, [...path, entry.key]) }))
    return { ...at, kind: 'map', entries }
  }
  return { root: render(template, []), problems: [] }
}
