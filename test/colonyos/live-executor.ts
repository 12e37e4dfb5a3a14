import { randomBytes } from 'node:crypto'
import { CpmError } from '../../src/core/errors.ts'
import { Process } from '../../src/schema/colony/process.ts'
import type { Rpc } from '../../src/schema/colony/rpcs.ts'
import { Json } from '../../src/schema/colony/values.ts'
import type { ColonyClient } from '../../src/engines/colonyos/client.ts'

export function changing<Schema extends Rpc['reply']>(type: string, reply: Schema): Rpc<Schema> {
  return { type, reply, repeatable: false }
}

/** Requests of executors and of the colony's owner for executors, which cpm itself never sends. */
const RPCS = {
  add: changing('addexecutormsg', Json),
  approve: changing('approveexecutormsg', Json),
  remove: changing('removeexecutormsg', Json),
  addFunction: changing('addfunctionmsg', Json),
  assign: changing('assignprocessmsg', Process),
  log: changing('addlogmsg', Json),
  succeed: changing('closesuccessfulmsg', Json),
  fail: changing('closefailedmsg', Json),
}

/** Handles a process: returns its outputs or throws the reason of its failure. */
export type Work = (process: Process, log: (text: string) => Promise<unknown>) => unknown

interface ExecutorOptions {
  owner: ColonyClient
  /** creates a client for a key */
  as: (key: string) => ColonyClient
  type: string
  functions: readonly string[]
}

/** A member of a colony that takes processes of a type. */
export class LiveExecutor {
  readonly name: string
  readonly #client: ColonyClient
  readonly #owner: ColonyClient
  #stopped = false
  #serving: Promise<void> | undefined

  private constructor({ owner, as, type }: ExecutorOptions) {
    this.name = `${type}-${randomBytes(3).toString('hex')}`
    this.#owner = owner
    this.#client = as(randomBytes(32).toString('hex'))
  }

  static async join(options: ExecutorOptions): Promise<LiveExecutor> {
    const { type: executortype, functions, owner } = options
    const one = new LiveExecutor(options)
    const { name: executorname } = one
    const colonyname = owner.colony
    const { id: executorid } = one.#client.identity
    await owner.call(RPCS.add, { executor: { executorid, executortype, executorname, colonyname } })
    await owner.call(RPCS.approve, { colonyname, executorname })
    for (const funcname of functions)
      await one.#client.call(RPCS.addFunction, { fun: { executorname, executortype, colonyname, funcname } })
    return one
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    await this.#serving
    await this.#owner.call(RPCS.remove, { colonyname: this.#owner.colony, executorname: this.name })
  }

  /** Takes the next process and ends it. */
  async runOne(work: Work, timeout = 10): Promise<Process> {
    const wanted = { colonyname: this.#owner.colony, timeout, availablecpu: '', availablemem: '' }
    const process = await this.#client.call(RPCS.assign, wanted)
    const { processid } = process
    const log = (message: string) => this.#client.call(RPCS.log, { processid, message })
    try {
      const out = await work(process, log)
      await this.#client.call(RPCS.succeed, { processid, out })
    } catch (error) {
      // The server refuses results of processes that have ended in the meantime.
      if (error instanceof CpmError && error.code === 'COLONY_REFUSED') return process
      await this.#client.call(RPCS.fail, { processid, errors: [(error as Error).message] })
    }
    return process
  }

  /** Takes processes until it is disposed of. */
  serve(work: Work): void {
    this.#serving = this.#takeAll(work)
  }

  async #takeAll(work: Work): Promise<void> {
    while (!this.#stopped) {
      await this.runOne(work, 1).catch((error: unknown) => {
        // No process is waiting, or the server is temporarily unavailable.
        if (!(error instanceof CpmError) || !['COLONY_REFUSED', 'COLONY_UNREACHABLE'].includes(error.code)) throw error
      })
    }
  }
}
