import type { Log } from '../../schema/colony/process.ts'
import { RPCS } from '../../schema/colony/rpcs.ts'
import type { ColonyClient } from './client.ts'
import { inBatches } from './in-batches.ts'

/** A process that has run. */
export interface LogSource {
  readonly processid: string
  readonly nodename: string
  readonly isRunning: boolean
  /** the executor that logged all of it; undefined if that is uncertain */
  readonly executor: string | undefined
  /** changes when the server restarts the process */
  readonly attempt: string
  /** RFC 3339, by the clock of the server */
  readonly startedAt: string | undefined
  /** changes when the process may have logged something new */
  readonly version: string
}

/** How far a process was read. */
interface Position {
  readonly upTo: bigint
  /** the last lines, which may be returned again */
  readonly recent: ReadonlySet<string>
}

/** Lines that were returned, up to a time. */
interface Pages {
  readonly logs: readonly Log[]
  readonly upTo: bigint | undefined
  readonly isWhole: boolean
}

/** The server's limit per request. */
const MOST = 500
/** Up to this many processes of one executor are read one by one. */
const FEW = 2
/** Nanoseconds: lines logged at the same moment may become visible in another order. */
const OVERLAP = 2_000_000_000n
/** Nanoseconds: servers that share a database have their own clocks. */
const MARGIN = 5_000_000_000n

/**
 * Reads what processes logged since they were last read. A process that has ended is read one last time. If one
 * executor runs many of them, its log, which has the lines of all of them, is read instead.
 */
export class LogReader {
  readonly #client: ColonyClient
  readonly #positions = new Map<string, Position>()
  /** the versions at which processes were read to their end */
  readonly #read = new Map<string, string>()
  /** the attempts in which processes were first seen: later ones may be of another executor */
  readonly #attempts = new Map<string, string>()
  /** executors that log too much for other processes */
  readonly #crowded = new Set<string>()

  constructor(client: ColonyClient) {
    this.#client = client
  }

  /** Reads the new lines. If this fails halfway, nothing is lost: the next call requests the same lines again. */
  async read(sources: readonly LogSource[]): Promise<Log[]> {
    const open = sources.filter(
      ({ processid, isRunning, version }) => isRunning || this.#read.get(processid) !== version,
    )
    const { groups, alone } = this.#grouped(open)
    const ofGroups = await inBatches([...groups], ([executor, group]) => this.#ofExecutor(executor, group))
    const rest = [...alone, ...ofGroups.flatMap(({ unread }) => unread)]
    const ofRest = await inBatches(rest, async (source) => ({ source, pages: await this.#ofProcess(source) }))
    return [...ofGroups.flatMap(({ read }) => read), ...ofRest].flatMap(({ source, pages }) =>
      this.#take(source, pages),
    )
  }

  #grouped(open: readonly LogSource[]): { groups: Map<string, LogSource[]>; alone: LogSource[] } {
    const alone: LogSource[] = []
    const groups = new Map<string, LogSource[]>()
    for (const source of open) {
      const executor = this.#executorOf(source)
      const group = executor === undefined ? alone : groups.get(executor)
      if (group) group.push(source)
      else groups.set(executor ?? '', [source])
    }
    for (const [executor, group] of groups) {
      if (group.length > FEW) continue
      groups.delete(executor)
      alone.push(...group)
    }
    return { groups, alone }
  }

  /** Returns the executor whose log has every line of a process, if reading that log is worthwhile. */
  #executorOf({ processid, executor, attempt }: LogSource): string | undefined {
    const first = this.#attempts.get(processid)
    if (first === undefined) this.#attempts.set(processid, attempt)
    const isMoved = first !== undefined && first !== attempt
    return isMoved || executor === undefined || this.#crowded.has(executor) ? undefined : executor
  }

  async #ofProcess({ processid }: LogSource): Promise<Pages> {
    const position = this.#positions.get(processid)
    const since = position ? position.upTo - OVERLAP : 0n
    return await this.#pages({ processid, executorname: '' }, since, Infinity)
  }

  /** Uses at most as many requests as reading the processes one by one, and falls back to that. */
  async #ofExecutor(executor: string, group: readonly LogSource[]) {
    const since = group.map((source) => this.#sinceOf(source)).reduce((a, b) => (a < b ? a : b))
    const pages = await this.#pages({ processid: '', executorname: executor }, since, group.length)
    if (pages.isWhole) {
      const logs = byProcess(pages.logs)
      const read = group.map((source) => ({ source, pages: { ...pages, logs: logs.get(source.processid) ?? [] } }))
      return { read, unread: [] }
    }
    this.#crowded.add(executor)
    return { read: [], unread: group }
  }

  #sinceOf({ processid, startedAt }: LogSource): bigint {
    const position = this.#positions.get(processid)
    if (position) return position.upTo - OVERLAP
    return startedAt === undefined ? 0n : BigInt(Date.parse(startedAt)) * 1_000_000n - MARGIN
  }

  async #pages(of: { processid: string; executorname: string }, since: bigint, most: number): Promise<Pages> {
    const logs: Log[] = []
    let upTo: bigint | undefined
    for (let page = 0; page < most; page++) {
      const message = { colonyname: this.#client.colony, ...of, count: MOST, since: upTo ?? since, latest: false }
      const more = await this.#client.call(RPCS.getLogs, message)
      logs.push(...more)
      for (const { timestamp } of more) if (upTo === undefined || timestamp > upTo) upTo = timestamp
      if (more.length < MOST) return { logs, upTo, isWhole: true }
    }
    return { logs, upTo, isWhole: false }
  }

  /** Returns the new lines of a process and remembers that they were read. */
  #take({ processid, version }: LogSource, { logs, upTo }: Pages): Log[] {
    this.#read.set(processid, version)
    const position = this.#positions.get(processid)
    const isNew = (log: Log) =>
      !position || (log.timestamp > position.upTo - OVERLAP && !position.recent.has(keyOf(log)))
    if (upTo !== undefined) {
      const end = position && position.upTo > upTo ? position.upTo : upTo
      const recent = logs.filter(({ timestamp }) => timestamp > end - OVERLAP)
      this.#positions.set(processid, { upTo: end, recent: new Set(recent.map(keyOf)) })
    }
    return logs.filter(isNew)
  }
}

function byProcess(logs: readonly Log[]): Map<string, Log[]> {
  const found = new Map<string, Log[]>()
  for (const log of logs) {
    const own = found.get(log.processid)
    if (own) own.push(log)
    else found.set(log.processid, [log])
  }
  return found
}

function keyOf({ timestamp, message }: Log): string {
  return `${timestamp} ${message}`
}
