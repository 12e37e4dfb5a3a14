import { Agent } from 'undici'
import { RPCS, type Rpc } from '../../src/schema/colony/rpcs.ts'
import { Json } from '../../src/schema/colony/values.ts'
import { Process } from '../../src/schema/colony/process.ts'
import { ColonyClient } from '../../src/workflow/colonyos/client.ts'
import { identityOf } from '../../src/workflow/colonyos/identity.ts'
import { serverUrl } from '../../src/workflow/colonyos/server-address.ts'
import { serverVersion } from '../../src/workflow/colonyos/server-version.ts'
import { randomBytes } from 'node:crypto'

const { env } = process
const NEEDED = ['COLONIES_SERVER_HOST', 'COLONIES_COLONY_NAME', 'COLONIES_PRVKEY', 'COLONIES_COLONY_PRVKEY']

/** What keeps the tests from a real server: the variables that are not set. */
export const missing = NEEDED.filter((name) => (env[name] ?? '') === '')

function changing<Schema extends Rpc['reply']>(type: string, reply: Schema): Rpc<Schema> {
  return { type, reply, repeatable: false }
}

/** What executors and the colony's owner ask for, which cpm itself never does. */
const EXECUTOR_RPCS = {
  add: changing('addexecutormsg', Json),
  approve: changing('approveexecutormsg', Json),
  remove: changing('removeexecutormsg', Json),
  addFunction: changing('addfunctionmsg', Json),
  assign: changing('assignprocessmsg', Process),
  log: changing('addlogmsg', Json),
  succeed: changing('closesuccessfulmsg', Json),
  fail: changing('closefailedmsg', Json),
}

/** A real colony, and an executor of a type of its own in it, so that several such tests don't meet. */
export class LiveColony {
  readonly type = `cpm-test-${randomBytes(4).toString('hex')}`
  readonly client: ColonyClient
  readonly #dispatcher = new Agent()
  readonly #owner: ColonyClient
  readonly #executor: ColonyClient
  readonly colony = env.COLONIES_COLONY_NAME ?? ''

  private constructor() {
    this.client = this.#as(env.COLONIES_PRVKEY ?? '')
    this.#owner = this.#as(env.COLONIES_COLONY_PRVKEY ?? '')
    this.#executor = this.#as(randomBytes(32).toString('hex'))
  }

  static async open(functions: readonly string[]): Promise<LiveColony> {
    const live = new LiveColony()
    const { type, colony: colonyname } = live
    const { id: executorid } = live.#executor.identity
    const executor = { executorid, executortype: type, executorname: type, colonyname }
    await live.#owner.call(EXECUTOR_RPCS.add, { executor })
    await live.#owner.call(EXECUTOR_RPCS.approve, { colonyname, executorname: type })
    for (const funcname of functions) {
      const fun = { executorname: type, executortype: type, colonyname, funcname }
      await live.#executor.call(EXECUTOR_RPCS.addFunction, { fun })
    }
    return live
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owner.call(EXECUTOR_RPCS.remove, { colonyname: this.colony, executorname: this.type })
    await this.#dispatcher.destroy()
  }

  async version(): Promise<string> {
    return (await serverVersion(this.client)).text ?? 'before 1.9.0'
  }

  /** Takes the next process and ends it: `work` gives outputs, or throws. */
  async runOne(work: (process: Process, log: (text: string) => Promise<unknown>) => unknown): Promise<Process> {
    const { colony: colonyname } = this
    const process = await this.#executor.call(EXECUTOR_RPCS.assign, {
      colonyname,
      timeout: 10,
      availablecpu: '',
      availablemem: '',
    })
    const { processid } = process
    const log = (message: string) => this.#executor.call(EXECUTOR_RPCS.log, { processid, message })
    try {
      const out = await work(process, log)
      await this.#executor.call(EXECUTOR_RPCS.succeed, { processid, out })
    } catch (error) {
      await this.#executor.call(EXECUTOR_RPCS.fail, { processid, errors: [(error as Error).message] })
    }
    return process
  }

  /** The graphs with a node for our executor, of this run or of all. */
  async graphs(run?: string): Promise<Set<string>> {
    const found = new Set<string>()
    const sought =
      run === undefined ? { executortype: this.type, label: '' } : { executortype: '', label: `cpm/${run}` }
    for (const state of [0, 1, 2, 3, 4]) {
      const query = { colonyname: this.colony, count: 100, state, initiator: '', ...sought }
      for (const { processgraphid } of await this.client.call(RPCS.getProcesses, query)) found.add(processgraphid)
    }
    return found
  }

  #as(key: string): ColonyClient {
    const server = {
      host: env.COLONIES_SERVER_HOST ?? '',
      port: Number(env.COLONIES_SERVER_HTTP_PORT ?? env.COLONIES_SERVER_PORT ?? 50_080),
      tls: env.COLONIES_TLS === 'true',
    }
    const wire = { url: serverUrl(server), dispatcher: this.#dispatcher, timeout: 20_000 }
    return new ColonyClient({ wire, colony: this.colony, identity: identityOf(key, 'the key') })
  }
}
