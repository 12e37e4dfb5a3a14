import { OutputLimitError } from '../../expressions/result.ts'
import type { Evaluation, Local } from './evaluation.ts'
import type { Context } from './expansion.ts'
import type { Structure } from './template-node.ts'

/** Decides how often the body of a structure is there and what is known in it: `$for`, `$let` and `$if`, in this order. */
export class Unfolding<L> {
  readonly #evaluation: Evaluation<L>
  #steps: number
  #rounds = 0

  constructor(evaluation: Evaluation<L>, maxSteps: number) {
    this.#evaluation = evaluation
    this.#steps = maxSteps
  }

  /** Goes through the rounds of a structure; its body is made in each that is wanted. */
  unfold<T>(structure: Structure, context: Context<L>, make: (inner: Context<L>) => T[]): T[] {
    const { loop, lets, condition } = structure
    const isOptional = context.isOptional || condition !== undefined
    const once = (outer: Context<L>): T[] => {
      this.step()
      const inner = this.withLets(lets, outer)
      if (!condition) return make(inner)
      const isWanted = this.#evaluation.condition(condition, inner)
      const reads = this.#evaluation.reads(condition, inner.locals)
      return isWanted ? make({ ...inner, isOptional, reads: [...inner.reads, ...reads] }) : []
    }
    if (!loop) return once(context)
    const rounds = this.#evaluation.rounds(loop, context)
    const reads = this.#evaluation.reads(loop.list, context.locals)
    return rounds.flatMap(({ item, index }) => {
      const variables: [string, Local<L>][] = [[loop.variable, { value: item, reads }]]
      if (loop.index !== undefined) variables.push([loop.index, { value: index, reads }])
      return once({
        ...context,
        locals: new Map([...context.locals, ...variables]),
        trail: [...context.trail, { structure, number: this.#rounds++ }],
        isRepeated: true,
        reads: [...context.reads, ...reads],
      })
    })
  }

  withLets(lets: Structure['lets'], context: Context<L>): Context<L> {
    let { locals } = context
    for (const { name, node } of lets) {
      const where = { ...context, locals }
      const parts = node.kind === 'text' ? node.parts : []
      const value = this.#evaluation.local(node, where)
      // Asked for afterwards: the check finds out what an expression reads when it goes through it.
      const reads = parts.flatMap((part) =>
        part.kind === 'expression' ? this.#evaluation.reads(part, where.locals) : [],
      )
      locals = new Map([...locals, [name, { value, reads: [...new Set(reads)] }]])
    }
    return { ...context, locals }
  }

  /** Pays for a node of a template that is visited. @throws OutputLimitError */
  step(): void {
    if (this.#steps-- <= 0) throw new OutputLimitError('the template’s loops and includes take too many steps')
  }
}
