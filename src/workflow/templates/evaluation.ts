import type { Path, Problem } from '../../core/yaml.ts'
import type { PackageScope } from './library.ts'
import type { Included } from './problems.ts'
import type { RenderedNode } from './rendered.ts'
import type { Loop, TemplateExpression, TemplateNode } from './template-node.ts'

/** A variable of `$for` or `$let`: its type before values are known, or its value; and the inputs that it comes from. */
export interface Local<L> {
  readonly value: L
  readonly reads: readonly string[]
}
export type Locals<L> = ReadonlyMap<string, Local<L>>

/** Where something is computed. */
export interface Where<L> extends Included {
  readonly scope: PackageScope
  readonly locals: Locals<L>
  /** in the document that comes out; indexes count what was written */
  readonly path: Path
}

/**
 * What an expander asks of expressions. There are two: one knows only types, and makes a sample of each thing; the other
 * knows the values. Both report what is wrong and go on, so that everything is told at once.
 */
export interface Evaluation<L> {
  readonly problems: Problem[]
  /** a scalar that is computed, whole or in part */
  text(node: TemplateNode & { kind: 'text' }, where: Where<L>): RenderedNode
  /** the value of a name in `$let` */
  local(node: TemplateNode & { kind: 'scalar' | 'text' }, where: Where<L>): L
  /** what a loop goes through, with its index */
  rounds(loop: Loop, where: Where<L>): readonly { readonly item: L; readonly index: L }[]
  condition(expression: TemplateExpression, where: Where<L>): boolean
  /** the inputs that an expression reads, on its own and through the variables in it */
  reads(expression: TemplateExpression, locals: Locals<L>): readonly string[]
}

/** Below these keys any data may stand; everywhere else a value must not bring a structure with it. */
const DATA_KEYS = ['args', 'kwargs']
export const DATA_PLACES = DATA_KEYS.join(' and ')

/** Whether a list or map that an expression yields may stand at a path of a document. */
export function isDataPlace([first, , third]: Path): boolean {
  if (first === 'functions') return typeof third === 'string' && DATA_KEYS.includes(third)
  return typeof first === 'string' && (DATA_KEYS.includes(first) || first === 'spec')
}

/** Remembers which inputs expressions read: what the check finds out is used again when values are known. */
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
