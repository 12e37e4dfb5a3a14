/** Thrown when an expression exceeds its budget. */
export class BudgetError extends Error {
  constructor() {
    super('it computes too much')
  }
}

/** Pays for work before it is done. */
export type Spend = (steps: number) => void

/**
 * How much a render may compute. Steps are counted, not timed, so a template is refused on every machine or on none.
 * Each evaluation of a node costs one step; whatever builds or reads a string, list or map costs its size, paid before
 * the memory is allocated.
 */
export class Budget {
  #left: number

  constructor(steps: number) {
    this.#left = steps
  }

  readonly spend: Spend = (steps) => {
    this.#left -= steps
    // also true for NaN, which must not pass
    if (!(this.#left >= 0)) throw new BudgetError()
  }
}
