import { OutputLimitError } from './result.ts'
import type { Evaluation, Local } from './evaluation.ts'
import type { Context } from './expansion.ts'
import type { Loop, Structure } from './template-node.ts'

/**
 * Decides how often the body of a structure is made, and with which variables: `$for`, `$let` and `$if`, in this
 * order.
 */
export class Unfolding<L> {
  readonly #evaluation: Evaluation<L>
  #steps: number
  #roundCount = 0

  constructor(evaluation: Evaluation<L>, maxSteps: number) {
    this.#evaluation = evaluation
    this.#steps = maxSteps
  }

  /**
   * Runs the iterations of a structure, and makes its body in each of them whose condition is true.
   * @param leaveOut called for each other iteration, and for a loop without iterations
   */
  unfold<T>(
    structure: Structure,
    context: Context<L>,
    make: (inner: Context<L>) => T[],
    leaveOut: (inner: Context<L>) => void = () => undefined,
  ): T[] {
    const { loop, lets, condition } = structure
    const isOptional = context.isOptional || condition !== undefined
    const once = (outer: Context<L>): T[] => {
      this.step()
      const inner = this.withLets(lets, outer)
      if (!condition) return make(inner)
      const isWanted = this.#evaluation.condition(condition, inner)
      const reads = this.#evaluation.reads(condition, inner.locals)
      if (isWanted) return make({ ...inner, isOptional, reads: [...inner.reads, ...reads] })
      leaveOut(inner)
      return []
    }
    if (!loop) return once(context)
    const rounds = this.#rounds(structure, loop, context)
    if (rounds.length === 0) leaveOut(this.#unknownRound(structure, loop, context))
    return rounds.flatMap(once)
  }

  /**
   * Returns the iterations of an absent structure, ignoring its condition; for an empty loop, one with unknown
   * variables.
   */
  absentRounds(structure: Structure, context: Context<L>): Context<L>[] {
    const { loop, lets } = structure
    const rounds = loop ? this.#rounds(structure, loop, context) : [context]
    const unknown = loop && rounds.length === 0 ? [this.#unknownRound(structure, loop, context)] : []
    return [...rounds, ...unknown].map((round) => this.withLets(lets, round))
  }

  #rounds(structure: Structure, loop: Loop, context: Context<L>): Context<L>[] {
    const rounds = this.#evaluation.rounds(loop, context)
    const reads = this.#evaluation.reads(loop.list, context.locals)
    return rounds.map(({ item, index }) => {
      const variables: [string, Local<L>][] = [[loop.variable, { value: item, reads }]]
      if (loop.index !== undefined) variables.push([loop.index, { value: index, reads }])
      return {
        ...context,
        locals: new Map([...context.locals, ...variables]),
        trail: [...context.trail, { structure, number: this.#roundCount++ }],
        isRepeated: true,
        reads: [...context.reads, ...reads],
      }
    })
  }

  /**
   * Returns the context of an iteration whose variables are unknown. Outer variables with the same names are hidden.
   */
  #unknownRound(structure: Structure, { variable, index }: Loop, context: Context<L>): Context<L> {
    const locals = new Map(context.locals)
    locals.delete(variable)
    if (index !== undefined) locals.delete(index)
    return { ...context, locals, trail: [...context.trail, { structure, number: this.#roundCount++ }] }
  }

  withLets(lets: Structure['lets'], context: Context<L>): Context<L> {
    let { locals } = context
    for (const { name, node } of lets) {
      const where = { ...context, locals }
      const parts = node.kind === 'text' ? node.parts : []
      const value = this.#evaluation.local(node, where)
      // This must follow the evaluation, because the check records what an expression reads when it visits it.
      const reads = parts.flatMap((part) =>
        part.kind === 'expression' ? this.#evaluation.reads(part, where.locals) : [],
      )
      locals = new Map([...locals, [name, { value, reads: [...new Set(reads)] }]])
    }
    return { ...context, locals }
  }

  /** Counts a visited node of a template. @throws OutputLimitError */
  step(): void {
    if (this.#steps-- <= 0) throw new OutputLimitError("the template's loops and includes take too many steps")
  }
}
