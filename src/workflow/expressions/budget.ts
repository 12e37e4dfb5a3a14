import type { ASTNode } from '@marcbachmann/cel-js'

/** Thrown when expressions compute more than they may. */
export class BudgetError extends Error {}

/** How much a render may compute. It is counted, not timed: the same template is refused on every machine or on none. */
export class Budget {
  #left: number

  constructor(steps: number) {
    this.#left = steps
  }

  get isSpent(): boolean {
    return this.#left < 0
  }

  spend(steps: number): void {
    this.#left -= steps
    if (this.#left < 0) throw new BudgetError('it computes too much')
  }
}

type Evaluate = (evaluator: unknown, node: unknown, context: unknown) => unknown

/**
 * Makes every node of an expression pay for what it yields: one step, and the size of a text or list. The library has no
 * bound of its own, and nested macros over a long list would fill the memory before any deadline. Its nodes evaluate
 * themselves through `evaluate`, which they replace at the first call; so it becomes a property that wraps what is put there.
 * A test proves that the budget is heeded.
 */
export function meter(ast: ASTNode, spend: (steps: number) => void): void {
  const node = ast as ASTNode & { evaluate: Evaluate } // the method is there, the library's types don't tell it
  let evaluate = node.evaluate
  const metered: Evaluate = function (this: unknown, evaluator, self, context) {
    const result = evaluate.call(node, evaluator, self, context)
    spend(1 + sizeOf(result))
    return result
  }
  Object.defineProperty(node, 'evaluate', {
    get: () => metered,
    set(replacement: Evaluate) {
      evaluate = replacement
    },
  })
  for (const child of childrenOf(ast)) meter(child, spend)
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length
  return value instanceof Map ? value.size : 0
}

function childrenOf(node: ASTNode): ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return []
    case '.':
    case '.?':
      return [node.args[0]]
    case 'call':
      return node.args[1]
    case 'rcall':
      return [node.args[1], ...node.args[2]]
    case 'list':
      return node.args
    case 'map':
      return node.args.flat()
    case '!_':
    case '-_':
      return [node.args]
    default:
      return node.args
  }
}
