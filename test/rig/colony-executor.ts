import type { FakeColony } from './colony.ts'
import type { FakeSpec } from './colony-state.ts'

/**
 * An in-memory executor of a colony. It takes every process as soon as it can run, and has the functions of the engine
 * suite (test/engines/engine-suite.ts). Like the server, it takes back a process that runs too long.
 */
export class FakeExecutor {
  readonly #colony: FakeColony
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #waiting: (() => void)[] = []
  #released = false
  #tried = false

  constructor(colony: FakeColony) {
    this.#colony = colony
    colony.afterRequest = () => {
      this.#takeAll()
    }
  }

  /** Lets the function `wait` finish. */
  release(): void {
    this.#released = true
    for (const end of this.#waiting.splice(0)) end()
    this.#takeAll()
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
  }

  #takeAll(): void {
    const { state, executor } = this.#colony
    for (let next = state.assign(executor.id); next; next = state.assign(executor.id)) {
      const { processid, spec, in: inputs } = next
      if ((spec.maxexectime ?? -1) > 0) this.#limit(processid, spec)
      this.#run(processid, spec, inputs)
    }
  }

  #limit(processid: string, { maxexectime = 0 }: FakeSpec): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#colony.state.expire(processid)
      this.#takeAll()
    }, 1000 * maxexectime)
    this.#timers.add(timer)
  }

  #run(id: string, { funcname, args = [] }: FakeSpec, inputs: unknown[]): void {
    const { state } = this.#colony
    const succeed = (out: unknown[]) => {
      // The process may have ended in the meantime; a real executor would learn that from its next call.
      if (state.processes.get(id)?.state === 1) state.succeed(id, out)
    }
    switch (funcname) {
      case 'echo':
        succeed(args)
        return
      case 'join':
        succeed(inputs)
        return
      case 'say':
        for (const text of args) state.log(id, `${String(text)}\n`)
        succeed([])
        return
      case 'fail':
        state.fail(id, ['exit status 3'])
        return
      case 'wait':
        if (this.#released) succeed(args)
        else this.#waiting.push(() => { succeed(args) }) // prettier-ignore
        return
      case 'slow':
        if (this.#tried) succeed(args)
        this.#tried = true
        return
      case 'nothing':
        succeed([])
    }
  }
}
