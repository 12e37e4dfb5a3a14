import type { Path, Problem } from '../../core/yaml.ts'
import { isDataPlace } from './check-template.ts'
import {
  OUTPUT_LIMITS,
  OutputLimitError,
  type OutputLimits,
  OutputSize,
  ResultError,
  resultNode,
  resultText,
} from '../expressions/result.ts'
import { ExpressionError, type Expressions } from '../expressions/expressions.ts'
import type { ScopeValues } from '../expressions/scope.ts'
import type { Place, RenderedNode } from './rendered.ts'
import type { TemplateExpression, TemplateNode, TemplatePart } from './template.ts'

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
export function renderTemplate(file: string, template: TemplateNode, options: RenderOptions): Rendered {
  const renderer = new Renderer(file, options)
  try {
    const root = renderer.render(template, [])
    return renderer.problems.length > 0 ? { root: undefined, problems: renderer.problems } : { root, problems: [] }
  } catch (error) {
    if (!(error instanceof OutputLimitError)) throw error
    const { line, column } = template
    return { root: undefined, problems: [{ file, line, column, message: error.message }] }
  }
}

class Renderer {
  readonly problems: Problem[] = []
  readonly #file: string
  readonly #expressions: Expressions
  readonly #values: ReadonlyMap<string, unknown>
  readonly #size: OutputSize

  constructor(file: string, { expressions, values, limits = OUTPUT_LIMITS }: RenderOptions) {
    this.#file = file
    this.#expressions = expressions
    this.#values = expressions.bind(values)
    this.#size = new OutputSize(limits)
  }

  render(node: TemplateNode, path: Path): RenderedNode {
    const at = { line: node.line, column: node.column, isComputed: false }
    switch (node.kind) {
      case 'text':
        return this.#text(node.parts, node, path)
      case 'scalar':
        this.#size.add(path.length, typeof node.value === 'string' ? node.value.length : 0)
        return { ...at, kind: 'scalar', value: node.value }
      case 'list':
        this.#size.add(path.length, 0)
        return { ...at, kind: 'list', items: node.items.map((item, index) => this.render(item, [...path, index])) }
      case 'map':
        this.#size.add(path.length, 0)
        return {
          ...at,
          kind: 'map',
          entries: node.entries.map(({ key, keyPlace, node: value }) => {
            this.#size.add(path.length, key.length)
            return { key, keyPlace, node: this.render(value, [...path, key]) }
          }),
        }
    }
  }

  #text(parts: readonly TemplatePart[], { line, column }: Place, path: Path): RenderedNode {
    const at = { line, column, isComputed: true }
    const [first] = parts
    if (parts.length === 1 && first?.kind === 'expression') {
      const node = this.#compute(first, (value) => {
        const result = resultNode(value, at, path.length, this.#size)
        if (result.kind !== 'scalar' && !isDataPlace(path))
          throw new ResultError('the expression yields a list or map, and only plain values may stand here')
        return result
      })
      return node ?? { ...at, kind: 'scalar', value: null }
    }
    const texts = parts.map((part) => (part.kind === 'text' ? part.text : this.#compute(part, resultText)))
    const text = texts.join('')
    this.#size.add(path.length, text.length)
    return { ...at, kind: 'scalar', value: text }
  }

  /** Computes an expression; a failure is noted, so that all of them are told at once. */
  #compute<T>(expression: TemplateExpression, use: (value: unknown) => T): T | undefined {
    try {
      return use(this.#expressions.evaluate(expression.source, this.#values))
    } catch (error) {
      if (!(error instanceof ExpressionError || error instanceof ResultError)) throw error
      const { line, column } = expression.place(error instanceof ExpressionError ? error.offset : 0)
      this.problems.push({ file: this.#file, line, column, message: error.message })
      return undefined
    }
  }
}
