import type { CpmEvent } from '../../schema/events.ts'
import { duration } from '../../core/amounts.ts'
import { stateMark } from './run-lines.ts'
import type { Style } from './style.ts'

/** Runs with more nodes are summed up, except for what failed. */
const MOST_NODES = 30

/** Describes the nodes of a run in plain lines: each once, when it ends. */
export class NodeLines {
  readonly #style: Style
  #total = 0
  #done = 0

  constructor(style: Style) {
    this.#style = style
  }

  describe(event: CpmEvent): string | undefined {
    if (event.type === 'run-started') [this.#total, this.#done] = [event.nodes.length, 0]
    if (event.type !== 'node-finished') return undefined
    this.#done++
    const { node, state, seconds } = event
    if (this.#total > MOST_NODES && state === 'successful') return this.#sum()
    const time = seconds === undefined ? '' : seconds > 0 || state === 'successful' ? duration(seconds) : 'it never ran'
    const word = state === 'successful' ? '' : ` ${state}`
    return `${stateMark(state, this.#style)} ${node}${word}${time === '' ? '' : this.#style('dim', `  ${time}`)}`
  }

  #sum(): string | undefined {
    const step = Math.ceil(this.#total / 10)
    return this.#done % step === 0 ? `${this.#done} of ${this.#total} nodes done` : undefined
  }
}
