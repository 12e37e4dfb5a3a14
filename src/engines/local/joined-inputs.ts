import { exactJson } from '../../core/exact-json.ts'
import type { FunctionSpec } from '../../workflow/specs/spec.ts'

/** the most bytes that a node gets on standard input, mostly the outputs of its dependencies */
export const MAX_INPUT_BYTES = 32 * 1024 * 1024

/** The sizes of the inputs of nodes that wait, which grow with each dependency that succeeds. */
export class JoinedInputs {
  readonly #bytes = new Map<string, number>()
  readonly #children = new Map<string, string[]>()

  constructor(functions: readonly FunctionSpec[]) {
    for (const { nodename, conditions } of functions)
      for (const parent of conditions.dependencies) {
        const children = this.#children.get(parent)
        if (children) children.push(nodename)
        else this.#children.set(parent, [nodename])
      }
  }

  /** Adds the output of a node to the inputs of the nodes that depend on it. */
  add(nodename: string, out: readonly unknown[]): void {
    const children = this.#children.get(nodename)
    if (!children || out.length === 0) return
    // Without its brackets, since the items of all outputs make one list.
    const size = Buffer.byteLength(exactJson(out)) - 2
    for (const child of children) this.#bytes.set(child, (this.#bytes.get(child) ?? 0) + size)
  }

  /** Returns why a node can never be started; undefined if it may still be possible. */
  problemOf(nodename: string): string | undefined {
    if ((this.#bytes.get(nodename) ?? 0) <= MAX_INPUT_BYTES) return undefined
    return `the outputs of its dependencies are larger than ${MAX_INPUT_BYTES / 1024 / 1024} MiB together`
  }
}
