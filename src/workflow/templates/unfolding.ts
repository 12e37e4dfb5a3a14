import { OutputLimitError } from './result.ts'
import type { Evaluation, Local } from './evaluation.ts'
import type { Context } from './expansion.ts'
import type { Loop, Structure } from './template-node.ts'

/** Decides how often the body of a structure is there and what is known in it: `$for`, `$let` and `$if`, in this order. */
export class Unfolding<L> {
  readonly #evaluation: Evaluation<L>
  #steps: number
  #roundCount = 0

  constructor(evaluation: Evaluation<L>, maxSteps: number) {
    this.#evaluation = evaluation
    this.#steps = maxSteps
  }

  /**
   * Goes through the rounds of a structure; its body is made in each that is wanted.
   * @param leaveOut told of each round that is not, and of a loop that has none
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

  /** The rounds of a structure that was left out, whatever its condition says; one of which nothing is known where it has none. */
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

  /** What would be known in a round of a loop that has none: not its variables, nor those of the same names around it. */
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
    if (this.#steps-- <= 0) throw new OutputLimitError("the template's loops and includes take too many steps")
  }
}
