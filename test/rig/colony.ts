import { EventEmitter } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { lt } from 'semver'
import { exactJson, parseLosslessJson } from '../../src/core/exact-json.ts'
import { idOf } from '../../src/engines/colonyos/identity.ts'
import { ColonyFiles, FILE_MESSAGES } from './colony-files.ts'
import { ColonyState, type FakeSpec, newId, Refused } from './colony-state.ts'
import { recoverId } from './recover-id.ts'
import { WebSocketConnection } from './websocket.ts'

/** A way in which a request fails. */
export type Fault =
  /** the connection ends before the server looks at the request */
  | 'cut'
  /** the server handles the request, but its response is lost */
  | 'lost'
  /** an empty 500, like a server that recovered from a panic before it did anything */
  | 'empty'
  /** a proxy answers that can't reach the server */
  | 'gateway'
  /** the server does nothing and never answers */
  | 'silent'
  /** the server handles the request, but never answers */
  | 'mute'

type Message = Record<string, unknown> & { msgtype: string }

interface FakeDefinition {
  metadata: { name: string }
  spec: Record<string, unknown>
}

interface FakeBlueprint {
  kind: string
  metadata: { name: string; colonyname: string }
  spec: Record<string, unknown>
}

export interface Member {
  readonly key: string
  readonly id: string
}

/**
 * An in-memory ColonyOS server with one colony, `dev`. Like the real server, it recovers the signer of a request and
 * knows members by their ids. Its responses are those observed from v1.9.12 (fixtures/colonyos).
 */
export class FakeColony {
  readonly state = new ColonyState()
  readonly fs = new ColonyFiles()
  readonly user = newMember()
  readonly colonyOwner = newMember()
  readonly executor = newMember()
  /** the payload types of all requests, in order */
  readonly requests: string[] = []
  /** the bodies of all requests */
  readonly bodies: string[] = []
  executors: {
    executorid?: string
    executorname: string
    executortype: string
    state: number
    lastheardfromtime?: string
  }[] = []
  functions: { executorname: string; executortype: string; funcname: string }[] = []
  crons: Record<string, unknown>[] = []
  generators: Record<string, unknown>[] = []
  readonly definitions: FakeDefinition[] = []
  blueprints: (FakeBlueprint & { blueprintid: string })[] = []
  version = 'v1.9.12'
  websockets = true
  /** whether it rejects every request with an error that repeats the signature */
  echo = false
  /** called before each request is handled */
  beforeRequest: (type: string) => Promise<void> | void = () => undefined
  /** called after each request was handled */
  afterRequest: () => void = () => undefined
  readonly #arrivals = new EventEmitter()
  readonly #underWay = new Set<Promise<void>>()
  readonly #faults: { type: string; fault: Fault }[] = []
  readonly #server: http.Server
  readonly #subscriptions = new Set<{ processid: string; state: number; send: (process: unknown) => void }>()

  private constructor() {
    this.#server = http.createServer((request, response) => {
      const work = this.#answer(request, response).finally(() => this.#underWay.delete(work))
      this.#underWay.add(work)
    })
    this.#server.on('upgrade', (request, socket) => {
      if (!this.websockets || request.url !== '/pubsub') socket.destroy()
      else {
        const connection: WebSocketConnection = new WebSocketConnection(request, socket, (text) => {
          this.#subscribe(text, connection)
        })
      }
    })
    this.state.onChange = ({ processid, state }) => {
      for (const one of this.#subscriptions) {
        if (one.processid === processid && one.state === state) one.send(this.state.process(processid))
      }
    }
  }

  static async start(): Promise<FakeColony> {
    const colony = new FakeColony()
    await new Promise<void>((resolve) => colony.#server.listen(0, '127.0.0.1', resolve))
    return colony
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${this.port}/`)
  }

  /** The environment variables that point the colonies CLI and cpm to this colony. */
  get env(): Record<string, string> {
    return {
      COLONIES_SERVER_HOST: '127.0.0.1',
      COLONIES_SERVER_PORT: String(this.port),
      COLONIES_COLONY_NAME: 'dev',
      COLONIES_PRVKEY: this.user.key,
    }
  }

  /** Makes the next request of a type fail. */
  fail(type: string, fault: Fault): void {
    this.#faults.push({ type, fault })
  }

  /** Counts the requests of a type. */
  count(type: string): number {
    return this.requests.filter((one) => one === type).length
  }

  /** Resolves once this many requests of a type have arrived. */
  async seen(type: string, times: number): Promise<void> {
    while (this.count(type) < times) await new Promise((resolve) => this.#arrivals.once('request', resolve))
  }

  /** Resolves once every request that has arrived is handled. */
  async idle(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  /** Runs every process that can run, in order, like an executor. `work` returns outputs or throws. */
  runAll(work: (spec: FakeSpec, inputs: unknown[]) => unknown[] = ({ nodename }) => [nodename]): void {
    for (let next = this.state.assign(this.executor.id); next; next = this.state.assign(this.executor.id)) {
      try {
        this.state.succeed(next.processid, work(next.spec, next.in))
      } catch (error) {
        this.state.fail(next.processid, [(error as Error).message])
      }
    }
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    if (request.method !== 'POST' || request.url !== '/api') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found')
      return
    }
    const body = Buffer.concat(chunks).toString('utf8')
    this.bodies.push(body)
    const { payloadtype: type } = JSON.parse(body) as { payloadtype: string }
    this.requests.push(type)
    this.#arrivals.emit('request')
    await this.beforeRequest(type)
    const at = this.#faults.findIndex((one) => one.type === type)
    const fault = at < 0 ? undefined : this.#faults.splice(at, 1)[0]?.fault
    if (fault === 'silent') return
    if (fault === 'cut') {
      request.socket.destroy()
      return
    }
    const { status, text } =
      fault === 'empty'
        ? { status: 500, text: '' }
        : fault === 'gateway'
          ? { status: 502, text: '<html>502 Bad Gateway</html>' }
          : this.#handle(body)
    this.afterRequest()
    if (fault === 'lost') request.socket.destroy()
    else if (fault !== 'mute') response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text)
  }

  #handle(body: string): { status: number; text: string } {
    const { payloadtype, payload, signature } = JSON.parse(body) as Record<string, string>
    try {
      if (this.echo) throw new Refused(400, `what is ${signature ?? ''}?`)
      const message = parseLosslessJson(Buffer.from(payload ?? '', 'base64').toString('utf8')) as Message
      if (message.msgtype !== payloadtype) throw new Refused(400, 'msg.MsgType does not match payloadType')
      const id = signature === '' ? '' : this.#signer(payload ?? '', signature ?? '')
      const reply = this.#reply(message, id)
      return { status: 200, text: reply === SILENCE ? '' : envelope(message.msgtype, reply) }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const { status, message } = error
      return { status, text: JSON.stringify({ ...JSON.parse(envelope('error', { status, message })), error: true }) }
    }
  }

  #signer(payload: string, signature: string): string {
    try {
      return recoverId(payload, signature)
    } catch (error) {
      throw new Refused(403, (error as Error).message)
    }
  }

  #requireMember(id: string, colony: unknown): void {
    if (colony !== 'dev') throw new Refused(403, `Colony with name <${String(colony)}> does not exists`)
    if (id !== this.user.id && id !== this.executor.id)
      throw new Refused(403, `Access denied, not a member of Colony with name <dev>`)
  }

  #reply(message: Message, id: string): unknown {
    const { state } = this
    const spec = message.spec as FakeSpec & { colonyname?: string; functionspecs?: FakeSpec[] }
    const old = lt(this.version, '1.9.12')
    switch (message.msgtype) {
      case 'getserverinfomsg':
        return { buildversion: this.version, buildtime: '2026-02-12T15:10:23Z', backends: [] }
      case 'getprocessmsg':
        this.#requireMember(id, 'dev')
        return state.process(String(message.processid))
      case 'getprocessgraphmsg':
        this.#requireMember(id, 'dev')
        return state.graph(String(message.processgraphid))
      case 'cancelprocessgraphmsg':
      case 'removeprocessgraphmsg':
        if (old && message.msgtype.startsWith('cancel')) break
        this.#requireMember(id, 'dev')
        if (message.msgtype.startsWith('cancel')) state.cancelGraph(String(message.processgraphid))
        else state.removeGraph(String(message.processgraphid))
        return {}
      case 'submitworkflowspecmsg':
        this.#requireMember(id, spec.colonyname)
        return state.submitWorkflow(spec.functionspecs ?? [], id)
      case 'addcronmsg':
      case 'addgeneratormsg':
        return this.#addTrigger(message, id)
      case 'addblueprintdefinitionmsg': {
        if (id !== this.colonyOwner.id) throw new Refused(403, 'Access denied, not colony owner')
        const given = message.blueprintdefinition as FakeDefinition
        const added = { ...given, spec: keptSpec(given.spec), blueprintdefinitionid: newId() }
        this.definitions.push(added)
        return added
      }
      case 'getblueprintdefinitionmsg': {
        const found = this.definitions.find(({ metadata }) => metadata.name === message.name)
        if (!found) throw new Refused(404, 'BlueprintDefinition not found')
        return { ...found, spec: { ...found.spec, a_field_of_the_server: '' } }
      }
      case 'getblueprintmsg': {
        this.#requireMember(id, message.namespace)
        const found = this.blueprints.find(({ metadata }) => metadata.name === message.name)
        if (!found) throw new Refused(404, `blueprint '${String(message.name)}' not found in namespace 'dev'`)
        return found
      }
      case 'addblueprintmsg':
      case 'updateblueprintmsg': {
        const given = message.blueprint as FakeBlueprint
        this.#requireMember(id, given.metadata.colonyname)
        const before = this.blueprints.find(({ metadata }) => metadata.name === given.metadata.name)
        const added = { ...given, blueprintid: before?.blueprintid ?? newId(), metadata: withoutEmpty(given.metadata) }
        this.blueprints = [...this.blueprints.filter((one) => one !== before), added]
        return added
      }
      case 'removecronmsg':
        this.#requireMember(id, 'dev')
        this.crons = this.crons.filter(({ cronid }) => cronid !== message.cronid)
        return {}
    }
    if (FILE_MESSAGES.includes(message.msgtype)) {
      const file = message.file as { colonyname: string } | undefined
      this.#requireMember(id, file?.colonyname ?? message.colonyname)
      return this.fs.reply(message)
    }
    const known = ['getcolonymsg', 'getcolonystatsmsg', 'getexecutorsmsg', 'getfunctionsmsg', 'getprocessesmsg']
    if (![...known, 'getprocesshistmsg', 'getlogsmsg', 'getcronsmsg', 'getgeneratorsmsg'].includes(message.msgtype))
      throw new Refused(403, `invalid rpcMsg.PayloadType: ${message.msgtype}`)
    // To strangers, the server returns an empty response for these two.
    if (['getcolonystatsmsg', 'getprocesshistmsg'].includes(message.msgtype) && id !== this.user.id) return SILENCE
    this.#requireMember(id, message.colonyname)
    return this.#list(message)
  }

  #list(message: Message): unknown {
    const {
      count,
      label,
      state: wanted,
      seconds,
      processid,
      executorname,
      since,
    } = message as Message & { count: number }
    const all = [...this.state.processes.values()]
    switch (message.msgtype) {
      case 'getcolonymsg':
        return { colonyid: this.colonyOwner.id, name: 'dev' }
      case 'getcolonystatsmsg':
        return statistics(this.executors.length, this.state)
      case 'getexecutorsmsg':
        return orNull(this.executors.map((one) => ({ executorid: newId(), commissiontime: '2026-01-01T00:00:00Z', lastheardfromtime: '0001-01-01T00:00:00Z', ...one, capabilities: { hardware: null } }))) // prettier-ignore
      case 'getfunctionsmsg':
        return orNull(this.functions.map((one) => ({ functionid: newId(), ...one, counter: 0 })))
      case 'getprocessesmsg': {
        if (count > 100) throw new Refused(400, 'Count is larger than MaxCount limit <100>')
        const fitting = all.filter(({ state, spec }) => state === wanted && (label === '' || spec.label === label))
        // The order of the server: the most recently ended first; waiting ones in order of submission.
        if (wanted !== 0) fitting.sort((a, b) => Date.parse(b.endtime) - Date.parse(a.endtime))
        return orNull(fitting.slice(0, count).map((one) => this.state.process(one.processid)))
      }
      case 'getprocesshistmsg': {
        const from = Date.now() - 1000 * Number(seconds)
        const fitting = all.filter(({ state, submissiontime }) => state === wanted && Date.parse(submissiontime) > from)
        return orNull(fitting.map((one) => this.state.process(one.processid)))
      }
      case 'getlogsmsg': {
        if (count > 500) throw new Refused(403, 'Count exceeds max log count (500)')
        const isMeant = (one: { processid: string; executorname: string }) =>
          executorname === '' ? one.processid === processid : one.executorname === executorname
        const after = this.state.logs.filter((one) => isMeant(one) && one.timestamp > BigInt(exactJson(since)))
        return orNull(after.slice(0, count).map((one) => ({ ...one, colonyname: 'dev' })))
      }
      case 'getcronsmsg':
        return this.crons
      default:
        return orNull(this.generators)
    }
  }

  #addTrigger(message: Message, id: string): unknown {
    const kind = message.msgtype === 'addcronmsg' ? 'Cron' : 'Generator'
    const given = message[kind.toLowerCase()] as Record<string, unknown>
    const list = kind === 'Cron' ? this.crons : this.generators
    this.#requireMember(id, given.colonyname)
    if (list.some(({ name }) => name === given.name))
      throw new Refused(400, `${kind} with name <${String(given.name)}> in Colony <dev> already exists`)
    const idKey = kind === 'Cron' ? 'cronid' : 'generatorid'
    const times = {
      nextrun: '0001-01-01T00:00:00Z',
      lastrun: '0001-01-01T00:00:00Z',
      prevprocessgraphid: '',
      queuesize: 0,
    }
    const added = { ...given, [idKey]: newId(), ...times }
    list.push(added)
    return added
  }

  /** Subscribes to a process. Like the real server, it doesn't check whether the client is a member. */
  #subscribe(text: string, connection: WebSocketConnection): void {
    const { payload } = JSON.parse(text) as { payload: string }
    this.bodies.push(text)
    this.requests.push('subscribeprocessmsg')
    this.#arrivals.emit('request')
    const wanted = JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as { processid: string; state: number }
    const send = (process: unknown) => {
      connection.send(envelope('subscribeprocessmsg', process))
    }
    this.#subscriptions.add({ ...wanted, send })
    const process = this.state.processes.get(wanted.processid)
    if (process?.state === wanted.state) send(this.state.process(wanted.processid))
  }
}

const SILENCE = Symbol('silence')

type Schema = Record<string, unknown>

/** Returns a definition as the server stores it, which only keeps the parts of the schema that its own types have. */
function keptSpec(spec: Schema): Schema {
  const property = (given: Schema): Schema => {
    const { type, description, enum: values, default: fallback, properties, items } = given
    const kept = withoutEmpty({ type, description, enum: values, properties: properties && mapValues(properties as Record<string, Schema>, property) }) // prettier-ignore
    return { ...kept, ...(fallback !== null && fallback !== undefined && { default: fallback }), ...(items !== null && items !== undefined && { items: property(items as Schema) }) } // prettier-ignore
  }
  const { type, properties, required } = (spec.schema ?? {}) as Schema
  const schema = spec.schema && withoutEmpty({ type, required, properties: properties && mapValues(properties as Record<string, Schema>, property) }) // prettier-ignore
  return { handler: { executorType: '', functionName: '' }, ...spec, ...(schema ? { schema } : {}) }
}

function mapValues(map: Record<string, Schema>, change: (value: Schema) => Schema): Record<string, Schema> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]))
}

/** Removes what Go omits from JSON: empty strings, lists and maps. */
function withoutEmpty<T extends object>(value: T): T {
  const isEmpty = (one: unknown) =>
    one === null || one === undefined || one === '' || (typeof one === 'object' && Object.keys(one).length === 0)
  return Object.fromEntries(Object.entries(value).filter(([, one]) => !isEmpty(one))) as T
}

function envelope(payloadtype: string, reply: unknown): string {
  return JSON.stringify({ payloadtype, payload: Buffer.from(exactJson(reply)).toString('base64'), error: false })
}

/** Returns null for an empty list, like Go. */
function orNull(items: unknown[]): unknown[] | null {
  return items.length === 0 ? null : items
}

function newMember(): Member {
  const secret = secp256k1.utils.randomSecretKey()
  return { key: Buffer.from(secret).toString('hex'), id: idOf(secp256k1.getPublicKey(secret, false)) }
}

function statistics(executors: number, state: ColonyState): Record<string, number> {
  const names = ['waiting', 'running', 'successful', 'failed', 'cancelled']
  const graphs = [...state.graphs.keys()].map((id) => state.graphState(id))
  const processes = [...state.processes.values()].map((process) => process.state)
  return Object.fromEntries([
    ['executors', executors],
    ['activeexecutors', 0],
    ...names.map((name, index) => [`${name}processes`, processes.filter((one) => one === index).length] as const),
    ...names.map((name, index) => [`${name}workflows`, graphs.filter((one) => one === index).length] as const),
  ])
}
