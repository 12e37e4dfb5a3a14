/** Thrown when expressions compute more than they may. */
export class BudgetError extends Error {
  constructor() {
    super('it computes too much')
  }
}

/** Pays for work before it is done. */
export type Spend = (steps: number) => void

/**
 * How much a render may compute. It is counted, not timed: the same template is refused on every machine or on none. Every node
 * of an expression costs a step each time it is computed, and what makes or reads a text, a list or a map costs its size,
 * before there is any memory for it.
 */
export class Budget {
  #left: number

  constructor(steps: number) {
    this.#left = steps
  }

  readonly spend: Spend = (steps) => {
    this.#left -= steps
    // so that what is not a number spends everything
    if (!(this.#left >= 0)) throw new BudgetError()
  }
}
