/** Something wrong in an expression; `offset` counts from the expression's beginning. */
export interface ExpressionProblem {
  readonly offset: number
  readonly message: string
}

/** Thrown when an expression can't be computed with the values at hand. */
export class ExpressionError extends Error {
  /** counts from the beginning of the expression */
  readonly offset: number

  constructor(message: string, offset = 0) {
    super(message)
    this.offset = offset
  }
}
