/** A problem in an expression; `offset` counts from the start of the expression. */
export interface ExpressionProblem {
  readonly offset: number
  readonly message: string
}

/** Thrown when an expression can't be evaluated with the given values. */
export class ExpressionError extends Error {
  /** from the start of the expression */
  readonly offset: number

  constructor(message: string, offset = 0) {
    super(message)
    this.offset = offset
  }
}
