import { randomBytes } from 'node:crypto'
import { Agent } from 'undici'
import type { Statistics } from '../../src/schema/colony/members.ts'
import type { Process } from '../../src/schema/colony/process.ts'
import { RPCS } from '../../src/schema/colony/rpcs.ts'
import { Json } from '../../src/schema/colony/values.ts'
import { ColonyClient } from '../../src/engines/colonyos/client.ts'
import { identityOf } from '../../src/engines/colonyos/identity.ts'
import { serverUrl } from '../../src/engines/colonyos/server-address.ts'
import { serverVersion } from '../../src/engines/colonyos/server-version.ts'
import { changing, LiveExecutor, type Work } from './live-executor.ts'

const { env } = process
const NEEDED = ['COLONIES_SERVER_HOST', 'COLONIES_COLONY_NAME', 'COLONIES_PRVKEY', 'COLONIES_COLONY_PRVKEY']

/** The missing variables without which there is no real server. */
export const missing = NEEDED.filter((name) => (env[name] ?? '') === '')
/** Whether tests can create separate colonies, which they may break. */
export const isServerOwner = missing.length === 0 && (env.COLONIES_SERVER_PRVKEY ?? '') !== ''

export const title = `a real colony${missing.length > 0 ? ` (not set: ${missing.join(', ')})` : ''}`

/** The address of the real server. */
export const SERVER = {
  host: env.COLONIES_SERVER_HOST ?? '',
  port: Number(env.COLONIES_SERVER_HTTP_PORT ?? env.COLONIES_SERVER_PORT ?? 50_080),
}

/** Requests of the owners of servers and colonies. */
const OWNERS = {
  addColony: changing('addcolonymsg', Json),
  removeColony: changing('removecolonymsg', Json),
  addUser: changing('addusermsg', Json),
  removeGraphs: changing('removeallprocessgraphsmsg', Json),
}

interface Keys {
  readonly user: string
  readonly owner: string
}

/**
 * A real colony with an executor of a unique type, so that concurrent tests don't interfere. If the environment has the
 * key of the server's owner, the colony is created for the test and removed with it.
 */
export class LiveColony {
  readonly type = `cpm-test-${randomBytes(4).toString('hex')}`
  readonly client: ColonyClient
  readonly colony: string
  /** the key of the colony's owner */
  readonly ownerKey: string
  readonly #userKey: string
  readonly #dispatcher = new Agent()
  readonly #owner: ColonyClient
  readonly #members: LiveExecutor[] = []

  private constructor(colony: string, { user, owner }: Keys) {
    this.colony = colony
    this.#userKey = user
    this.ownerKey = owner
    this.client = this.#as(user)
    this.#owner = this.#as(owner)
  }

  static async open(functions: readonly string[] = []): Promise<LiveColony> {
    const live = isServerOwner
      ? new LiveColony(`cpm-${newKey().slice(0, 8)}`, { user: newKey(), owner: newKey() })
      : new LiveColony(env.COLONIES_COLONY_NAME ?? '', { user: env.COLONIES_PRVKEY ?? '', owner: env.COLONIES_COLONY_PRVKEY ?? '' }) // prettier-ignore
    if (isServerOwner) {
      const { colony: colonyname } = live
      const user = { colonyname, userid: live.client.identity.id, name: 'ada', email: '', phone: '' }
      const colony = { colonyid: live.#owner.identity.id, name: colonyname }
      await live.#as(env.COLONIES_SERVER_PRVKEY ?? '').call(OWNERS.addColony, { colony })
      await live.#owner.call(OWNERS.addUser, { user })
    }
    await live.join(live.type, functions)
    return live
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#members) await one[Symbol.asyncDispose]()
    if (isServerOwner)
      await this.#as(env.COLONIES_SERVER_PRVKEY ?? '').call(OWNERS.removeColony, { colonyname: this.colony })
    await this.#dispatcher.destroy()
  }

  /** Adds an executor. Only colonies created for a test may have one of a type that others use too. */
  async join(type: string, functions: readonly string[]): Promise<LiveExecutor> {
    const one = await LiveExecutor.join({ owner: this.#owner, as: (key) => this.#as(key), type, functions })
    this.#members.push(one)
    return one
  }

  /** Returns the environment for a cpm that connects here, or to a proxy of the server. */
  env({ port }: { port: number } = SERVER): Record<string, string> {
    return {
      COLONIES_SERVER_HOST: port === SERVER.port ? SERVER.host : '127.0.0.1',
      COLONIES_SERVER_PORT: String(port),
      COLONIES_COLONY_NAME: this.colony,
      COLONIES_PRVKEY: this.#userKey,
    }
  }

  async version(): Promise<string> {
    return (await serverVersion(this.client)).text ?? 'before 1.9.0'
  }

  /** Lets the first executor take the next process and end it. `work` returns outputs or throws. */
  async runOne(work: Work): Promise<Process> {
    return await this.executor.runOne(work)
  }

  get executor(): LiveExecutor {
    const [first] = this.#members
    if (!first) throw new Error('nobody joined')
    return first
  }

  /** Returns the server's count of processes and graphs in each state. */
  async statistics(): Promise<Omit<Statistics, 'executors' | 'activeexecutors'>> {
    const { executors: _, activeexecutors: __, ...rest } = await this.client.call(RPCS.getStatistics, { colonyname: this.colony }) // prettier-ignore
    return rest
  }

  /** Returns the graphs with a node for our executor, of one run or of all runs. */
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

  /** Removes every waiting workflow from the colony, even those that the server can't read. */
  async clear(): Promise<void> {
    await this.#owner.call(OWNERS.removeGraphs, { colonyname: this.colony, state: 0 })
  }

  #as(key: string): ColonyClient {
    const url = serverUrl({ ...SERVER, tls: env.COLONIES_TLS === 'true' })
    const wire = { url, dispatcher: this.#dispatcher, timeout: 20_000 }
    return new ColonyClient({ wire, colony: this.colony, identity: identityOf(key, 'the key') })
  }
}

function newKey(): string {
  return randomBytes(32).toString('hex')
}
