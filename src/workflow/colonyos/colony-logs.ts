import { setTimeout as delay } from 'node:timers/promises'
import { RPCS } from '../../schema/colony/rpcs.ts'
import type { Log } from '../../schema/colony/process.ts'
import type { LogEntry, LogOptions } from '../runs/engine.ts'
import type { ColonyClient } from './client.ts'

/** The most that the server gives at once. */
const MOST = 500

interface LogSource {
  readonly processid: string
  readonly nodename: string
}

/**
 * What processes logged, in the order of time. There is no stream of logs in ColonyOS: they are asked for from the last one on, whose time
 * must be given to the nanosecond.
 * @param isOver whether nothing more will come, asked before each look; `pause` is the milliseconds between two of them
 */
export async function* readLogs(
  client: ColonyClient,
  sources: readonly LogSource[],
  isOver: () => Promise<boolean>,
  { follow = false, signal, pause }: LogOptions & { pause: number },
): AsyncGenerator<LogEntry> {
  const last = new Map<string, bigint>()
  for (;;) {
    const isLast = !follow || (await isOver())
    const found = await Promise.all(sources.map((source) => newLogs(client, source, last)))
    yield* found.flat().sort(byTime).map(({ timestamp: _, ...entry }) => entry) // prettier-ignore
    if (isLast) return
    await delay(pause, undefined, { signal })
  }
}

async function newLogs(client: ColonyClient, { processid, nodename }: LogSource, last: Map<string, bigint>) {
  const entries: (LogEntry & { timestamp: bigint })[] = []
  for (;;) {
    const since = last.get(processid) ?? 0n
    const logs = await client.call(RPCS.getLogs, {
      colonyname: client.colony,
      processid,
      executorname: '',
      count: MOST,
      since,
      latest: false,
    })
    entries.push(
      ...logs.map((log) => ({ node: nodename, time: timeOf(log), text: textOf(log), timestamp: log.timestamp })),
    )
    const [newest] = logs.map(({ timestamp }) => timestamp).sort((a, b) => (a < b ? 1 : -1))
    if (newest !== undefined) last.set(processid, newest)
    if (logs.length < MOST) return entries
  }
}

function textOf({ message }: Log): string {
  return message.replace(/\r?\n$/, '')
}

function timeOf({ timestamp }: Log): string {
  return new Date(Number(timestamp / 1_000_000n)).toISOString()
}

function byTime(a: { timestamp: bigint }, b: { timestamp: bigint }): number {
  return a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0
}
