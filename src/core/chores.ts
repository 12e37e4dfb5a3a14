import { setImmediate as turnOfTheLoop } from 'node:timers/promises'

type Chore = () => void | Promise<void>

/** Chores done before other work of this thread gets its turn. */
const AT_A_TIME = 8

/** Small work that must be done in the end, but can wait until threads have work of their own. */
export class Chores {
  #waiting: Chore[] = []

  add(chore: Chore): void {
    this.#waiting.push(chore)
  }

  /** Does all of it, a few at a time. */
  async run(): Promise<void> {
    for (let done = 1, chore = this.#waiting.shift(); chore; chore = this.#waiting.shift()) {
      await chore()
      if (done++ % AT_A_TIME === 0) await turnOfTheLoop()
    }
  }

  /** Does all of it while other work is going on. If that fails, the rest is not done. */
  async runBeside<T>(work: Promise<T>): Promise<T> {
    const ended = work.catch(() => {
      this.#waiting = []
    })
    try {
      await this.run()
    } finally {
      // If a chore failed, the work must not go on after this.
      this.#waiting = []
      await ended
    }
    return await work
  }
}
