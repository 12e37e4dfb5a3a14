import { randomBytes } from 'node:crypto'

/** An error response of the server. */
export class Refused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const NEVER = '0001-01-01T00:00:00Z'
const [WAITING, RUNNING, SUCCESSFUL, FAILED, CANCELLED] = [0, 1, 2, 3, 4]
/** the color that the server gives to a node in each state (fixtures/colonyos, "getprocessgraph: …") */
const COLORS = ['#eee8d8', '#4689cd', '#92d050', '#cb4239', '#f5a623']

export interface FakeSpec {
  nodename: string
  funcname: string
  args?: unknown[]
  kwargs?: Record<string, unknown>
  label?: string
  env?: Record<string, string>
  maxwaittime?: number
  maxexectime?: number
  maxretries?: number
  priority?: number
  conditions: { executortype: string; dependencies?: string[] | null; mem?: string; cpu?: string }
}

interface FakeProcess {
  processid: string
  initiatorid: string
  assignedexecutorid: string
  state: number
  prioritytime: bigint
  submissiontime: string
  starttime: string
  endtime: string
  retries: number
  spec: FakeSpec
  parents: string[]
  children: string[]
  processgraphid: string
  in: unknown[]
  out: unknown[] | null
  errors: string[] | null
}

interface FakeGraph {
  processgraphid: string
  initiatorid: string
  processids: string[]
  submissiontime: string
  /** the real server stores this state when it cancels, whatever the state of the nodes */
  isCancelled?: boolean
}

interface FakeLog {
  processid: string
  executorname: string
  message: string
  timestamp: bigint
}

/**
 * The processes and graphs of a colony as in v1.9.12, including its oddities: what it doesn't check, how a failure
 * spreads, what it forgets.
 */
export class ColonyState {
  readonly processes = new Map<string, FakeProcess>()
  readonly graphs = new Map<string, FakeGraph>()
  readonly logs: FakeLog[] = []
  /** by id; any other executor logs as exec-1 */
  readonly executorNames = new Map<string, string>()
  /** called for every process whose state has changed */
  onChange: (process: FakeProcess) => void = () => undefined
  /** the number of nodes of a workflow that are accepted before something breaks */
  mostNodes = Infinity
  #lastTime = 0n

  submitWorkflow(specs: FakeSpec[], initiatorid: string): Record<string, unknown> {
    const names = specs.map(({ nodename }) => nodename)
    if (names.includes('')) throw new Refused(500, 'Nodename is missing, check function spec for errors')
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) throw new Refused(500, `Duplicate nodename: ${twice}`)
    const graph = { processgraphid: newId(), initiatorid, processids: [] as string[], submissiontime: now() }
    this.graphs.set(graph.processgraphid, graph) // before any check, like the real server
    const ids = new Map(names.map((name) => [name, newId()]))
    for (const { conditions } of specs) {
      if (conditions.dependencies?.some((name) => !ids.has(name)))
        throw new Refused(500, 'Failed to submit workflow, invalid dependencies, are you depending on a nodename that does not exits?') // prettier-ignore
    }
    for (const [index, spec] of specs.entries()) {
      if (index >= this.mostNodes || !/^(?:\d+(?:[KMGT]i|[KMG]))?$/.test(spec.conditions.mem ?? ''))
        throw new Refused(500, 'Failed to submit workflow, failed to add process')
      const parents = (spec.conditions.dependencies ?? []).map((name) => ids.get(name) ?? '')
      const process = this.#add(ids.get(spec.nodename) ?? '', { ...spec, maxexectime: spec.maxexectime === 0 ? -1 : (spec.maxexectime ?? -1) }, initiatorid) // prettier-ignore
      Object.assign(process, { parents, processgraphid: graph.processgraphid })
      graph.processids.push(process.processid)
    }
    for (const { processid, parents } of this.#of(graph))
      for (const parent of parents) this.processes.get(parent)?.children.push(processid)
    return { ...this.graph(graph.processgraphid), submissiontime: NEVER, nodes: [], edges: [] }
  }

  submitFunction(spec: FakeSpec, initiatorid: string): Record<string, unknown> {
    return this.process(this.#add(newId(), spec, initiatorid).processid)
  }

  process(id: string): Record<string, unknown> {
    const process = this.processes.get(id)
    if (!process) throw new Refused(404, 'Failed to get process, process not found')
    const { parents, assignedexecutorid, spec } = process
    return {
      ...process,
      initiatorname: 'ada',
      isassigned: assignedexecutorid !== '',
      waitforparents: parents.some((parent) => this.processes.get(parent)?.state !== SUCCESSFUL),
      waitdeadline: NEVER,
      execdeadline: NEVER,
      attributes: null,
      spec: { kwargs: {}, env: {}, label: '', priority: 0, maxretries: 0, maxwaittime: 0, ...spec },
      a_field_of_a_later_version: true,
    }
  }

  graph(id: string): Record<string, unknown> {
    const graph = this.graphs.get(id)
    if (!graph) throw new Refused(500, 'Failed to get processgraph, graph is nil')
    const roots = this.#of(graph).filter(({ parents }) => parents.length === 0)
    const starts = this.#of(graph).flatMap(({ starttime }) => (starttime === NEVER ? [] : [starttime]))
    return {
      ...graph,
      initiatorname: 'ada',
      colonyname: 'dev',
      rootprocessids: roots.length === 0 ? null : roots.map(({ processid }) => processid),
      state: this.graphState(id),
      starttime: starts.sort()[0] ?? NEVER,
      endtime: NEVER,
      nodes: this.#of(graph).map(drawn),
      edges: this.#of(graph).flatMap(({ processid: target, parents, state }) => parents.map((source) => ({ id: `${source}-${target}`, source, target, animated: state === RUNNING }))), // prettier-ignore
    }
  }

  graphState(id: string): number {
    const graph = this.graphs.get(id)
    const states = graph ? this.#of(graph).map(({ state }) => state) : []
    if (graph?.isCancelled === true) return CANCELLED
    if (states.includes(FAILED)) return FAILED
    if (states.includes(CANCELLED)) return CANCELLED
    if (states.length > 0 && states.every((state) => state === SUCCESSFUL)) return SUCCESSFUL
    return states.includes(SUCCESSFUL) || states.includes(RUNNING) ? RUNNING : WAITING
  }

  /** Assigns the first process that can run, whatever its executor type. */
  assign(executorid: string): FakeProcess | undefined {
    const ready = [...this.processes.values()].find(
      ({ state, parents }) =>
        state === WAITING && parents.every((parent) => this.processes.get(parent)?.state === SUCCESSFUL),
    )
    if (!ready) return undefined
    const inputs = ready.parents.flatMap((parent) => this.processes.get(parent)?.out ?? [])
    this.#change(ready, { state: RUNNING, assignedexecutorid: executorid, starttime: now(), in: inputs })
    return ready
  }

  /** Ends a process that exceeded its maxexectime: it is retried or fails. */
  expire(id: string): void {
    const process = this.processes.get(id)
    if (process?.state !== RUNNING) return
    const { retries, spec } = process
    if (retries >= (spec.maxretries ?? 0)) this.fail(id, ['Maximum execution time limit exceeded'])
    else this.#change(process, { state: WAITING, assignedexecutorid: '', retries: retries + 1 })
  }

  log(id: string, message: string): void {
    const time = BigInt(Date.now()) * 1_000_000n + 123n
    this.#lastTime = time > this.#lastTime ? time : this.#lastTime + 1n
    const executorname = this.executorNames.get(this.processes.get(id)?.assignedexecutorid ?? '') ?? 'exec-1'
    this.logs.push({ processid: id, executorname, message, timestamp: this.#lastTime })
  }

  succeed(id: string, out: unknown[]): void {
    this.#change(this.#running(id, 'successful'), { state: SUCCESSFUL, endtime: now(), out })
  }

  /** Fails a process. If others depend on it, every node of the graph fails, even successful ones. */
  fail(id: string, errors: string[]): void {
    const process = this.#running(id, 'failed')
    this.#change(process, { state: FAILED, endtime: now(), errors })
    const graph = this.graphs.get(process.processgraphid)
    if (!graph || process.children.length === 0) return
    for (const other of this.#of(graph)) other.state = FAILED
  }

  cancelGraph(id: string): void {
    const graph = this.graphs.get(id)
    if (!graph) throw new Refused(500, 'Failed to cancel processgraph, graph is nil')
    for (const process of this.#of(graph)) if (process.state < SUCCESSFUL) this.#change(process, { state: CANCELLED })
    graph.isCancelled = true
  }

  removeGraph(id: string): void {
    const graph = this.graphs.get(id)
    if (!graph) throw new Refused(500, 'Failed to remove processgraph, graph is nil')
    if (this.graphState(id) === RUNNING)
      throw new Refused(400, 'Failed to remove processgraph, cannot remove a running processgraph')
    for (const processid of graph.processids) this.processes.delete(processid)
    this.graphs.delete(id)
  }

  #add(processid: string, spec: FakeSpec, initiatorid: string): FakeProcess {
    const process: FakeProcess = {
      processid,
      initiatorid,
      assignedexecutorid: '',
      state: WAITING,
      prioritytime: BigInt(Date.now()) * 1_000_000n + 1n,
      submissiontime: now(),
      starttime: NEVER,
      endtime: NEVER,
      retries: 0,
      spec: structuredClone(spec),
      parents: [],
      children: [],
      processgraphid: '',
      in: [],
      out: null,
      errors: null,
    }
    this.processes.set(processid, process)
    return process
  }

  #running(id: string, wanted: string): FakeProcess {
    const process = this.processes.get(id)
    if (process?.state !== RUNNING)
      throw new Refused(400, `Tried to set ${String(process?.state)} process as ${wanted}`)
    return process
  }

  #change(process: FakeProcess, changes: Partial<FakeProcess>): void {
    Object.assign(process, changes)
    this.onChange(process)
  }

  #of(graph: FakeGraph): FakeProcess[] {
    return graph.processids.flatMap((id) => this.processes.get(id) ?? [])
  }
}

function drawn({ processid, spec, state, parents, children }: FakeProcess) {
  const type = parents.length === 0 ? 'input' : children.length === 0 ? 'output' : ''
  const style = { color: '', background: COLORS[state] ?? '' }
  return { id: processid, data: { label: spec.nodename }, position: { x: 0, y: 0 }, type, style }
}

function now(): string {
  return new Date().toISOString()
}

export function newId(): string {
  return randomBytes(32).toString('hex')
}
