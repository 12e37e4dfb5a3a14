import type { Path, Problem } from '../../core/yaml.ts'
import type { PackageScope } from './library.ts'
import type { Included } from './problems.ts'
import type { RenderedNode } from './rendered.ts'
import type { Loop, TemplateExpression, TemplateNode } from './template-node.ts'

/** A variable of `$for` or `$let`: its type or, once values are known, its value; and the inputs it depends on. */
export interface Local<L> {
  readonly value: L
  readonly reads: readonly string[]
}
export type Locals<L> = ReadonlyMap<string, Local<L>>

/** The place and the scope in which something is computed. */
export interface Where<L> extends Included {
  readonly scope: PackageScope
  readonly locals: Locals<L>
  /** in the rendered document, but with the indexes of the template */
  readonly path: Path
}

/**
 * Evaluates expressions for an expander. There are two implementations: one knows only types and makes samples, the
 * other knows the values. Both report problems and continue, so that all of them are reported at once.
 */
export interface Evaluation<L> {
  readonly problems: Problem[]
  /** Computes a scalar that contains expressions. */
  text(node: TemplateNode & { kind: 'text' }, where: Where<L>): RenderedNode
  /** Computes the value of a name in `$let`. */
  local(node: TemplateNode & { kind: 'scalar' | 'text' }, where: Where<L>): L
  /** Returns the items that a loop iterates over, with their indexes. */
  rounds(loop: Loop, where: Where<L>): readonly { readonly item: L; readonly index: L }[]
  condition(expression: TemplateExpression, where: Where<L>): boolean
  /** Returns the inputs that an expression reads, directly and through variables. */
  reads(expression: TemplateExpression, locals: Locals<L>): readonly string[]
}

/** The keys that may hold any data. Everywhere else, an expression must not yield a list or map. */
const DATA_KEYS = ['args', 'kwargs']
export const DATA_PLACES = DATA_KEYS.join(' and ')

/** Whether an expression may yield a list or map at a path of a document. */
export function isDataPlace([first, , third]: Path): boolean {
  if (first === 'functions') return typeof third === 'string' && DATA_KEYS.includes(third)
  return typeof first === 'string' && (DATA_KEYS.includes(first) || first === 'spec')
}

/** Remembers which inputs expressions read. The check fills it, and rendering uses it. */
export class Reads {
  readonly #own = new WeakMap<TemplateExpression, Set<string>>()

  note(expression: TemplateExpression, reads: readonly string[]): void {
    const own = this.#own.get(expression) ?? new Set()
    for (const read of reads) own.add(read)
    this.#own.set(expression, own)
  }

  of(expression: TemplateExpression, locals: Locals<unknown>): readonly string[] {
    const reads = new Set(this.#own.get(expression))
    for (const [name, local] of locals)
      if (local.reads.length > 0 && new RegExp(`\\b${name}\\b`).test(expression.source))
        for (const read of local.reads) reads.add(read)
    return [...reads].sort()
  }
}
