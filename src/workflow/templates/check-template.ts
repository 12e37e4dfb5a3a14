import type { Path, Problem } from '../../core/yaml.ts'
import { type Expressions, STRING, type Type } from '../expressions/expressions.ts'
import type { Place, RenderedNode, Scalar } from './rendered.ts'
import type { TemplateExpression, TemplateNode } from './template.ts'

/** Below these keys of a function any data may stand; everywhere else a value must not bring a structure with it. */
const DATA_KEYS = ['args', 'kwargs']

/** Whether a list or map that an expression yields may stand at a path of a workflow. */
export function isDataPlace(path: Path): boolean {
  return path[0] === 'functions' && typeof path[2] === 'string' && DATA_KEYS.includes(path[2])
}

/**
 * Checks every expression of a template before any value is known: names, types, and what may stand where.
 * @returns the problems, and a sample of the document to check its shape with; what expressions would make is marked there
 */
export function checkTemplate(
  file: string,
  template: TemplateNode,
  expressions: Expressions,
): { problems: Problem[]; sample: RenderedNode } {
  const problems: Problem[] = []
  const report = (expression: TemplateExpression, offset: number, message: string) => {
    const { line, column } = expression.place(offset)
    problems.push({ file, line, column, message })
  }

  /** Checks one expression; returns the type of what it yields. */
  const check = (
    expression: TemplateExpression,
    { inText, path }: { inText: boolean; path: Path },
  ): Type | undefined => {
    const { type, kind, problems: found } = expressions.check(expression.source)
    for (const { offset, message } of found) report(expression, offset, message)
    if (type === undefined) return undefined
    if (kind === 'unusable') report(expression, 0, `a value of type ${type.name} can’t stand in a spec`)
    else if (inText && (kind === 'data' || kind === 'null'))
      report(expression, 0, `only a text, a number, true or false can stand in a text, not ${type.name}`)
    else if (!inText && kind === 'data' && !isDataPlace(path))
      report(expression, 0, `a list or map from values may stand only in ${DATA_KEYS.join(' and ')}`)
    return type
  }

  const visit = (node: TemplateNode, path: Path): RenderedNode => {
    const { line, column } = node
    const at = { line, column, isComputed: false }
    if (node.kind === 'scalar') return { ...at, kind: 'scalar', value: node.value }
    if (node.kind === 'list')
      return { ...at, kind: 'list', items: node.items.map((item, index) => visit(item, [...path, index])) }
    if (node.kind === 'map') {
      const entries = node.entries.map((entry) => ({ ...entry, node: visit(entry.node, [...path, entry.key]) }))
      return { ...at, kind: 'map', entries }
    }
    const inText = node.parts.length > 1
    const types = node.parts.map((part) => (part.kind === 'expression' ? check(part, { inText, path }) : STRING))
    return sampleOf(inText ? STRING : types[0], node)
  }

  const sample = visit(template, [])
  return { problems, sample }
}

/** A node of a type, marked as computed; a plain null where the type does not tell enough. */
function sampleOf(type: Type | undefined, { line, column }: Place): RenderedNode {
  const at = { line, column, isComputed: true }
  if (type?.kind === 'list') return { ...at, kind: 'list', items: [] }
  if (type?.kind === 'map' || type?.kind === 'record') return { ...at, kind: 'map', entries: [] }
  const scalars = new Map<string, Scalar>([['string', 'x'], ['int', 1], ['double', 1], ['bool', true]]) // prettier-ignore
  return { ...at, kind: 'scalar', value: scalars.get(type?.kind ?? '') ?? null }
}
