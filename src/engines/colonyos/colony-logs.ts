import { setTimeout as delay } from 'node:timers/promises'
import { RPCS } from '../../schema/colony/rpcs.ts'
import type { Log } from '../../schema/colony/process.ts'
import type { LogEntry, LogOptions } from '../engine.ts'
import type { ColonyClient } from './client.ts'

/** The most that the server gives at once. */
const MOST = 500

interface LogSource {
  readonly processid: string
  readonly nodename: string
}

interface ReadOptions extends LogOptions {
  /** milliseconds between two looks */
  pause: number
  /** asks again where that helps */
  ask: <T>(asked: () => Promise<T>) => Promise<T>
}

/**
 * What processes logged, in the order of time. There is no stream of logs in ColonyOS: they are asked for from the last one on, whose time
 * must be given to the nanosecond.
 * @param isOver whether nothing more will come, asked before each look
 */
export async function* readLogs(
  client: ColonyClient,
  sources: readonly LogSource[],
  isOver: () => Promise<boolean>,
  { follow = false, signal, pause, ask }: ReadOptions,
): AsyncGenerator<LogEntry> {
  const last = new Map<string, bigint>()
  for (;;) {
    const isLast = !follow || (await ask(isOver))
    const look = () => Promise.all(sources.map((source) => newLogs(client, source, last.get(source.processid))))
    const found = await (follow ? ask(look) : look())
    // Only what is told now is not asked for again: a look that fails in the middle loses nothing.
    for (const { processid, newest } of found) if (newest !== undefined) last.set(processid, newest)
    yield* found.flatMap(({ entries }) => entries).sort(byTime).map(({ timestamp: _, ...entry }) => entry) // prettier-ignore
    if (isLast) return
    await delay(pause, undefined, { signal })
  }
}

async function newLogs(client: ColonyClient, { processid, nodename }: LogSource, last: bigint | undefined) {
  const entries: (LogEntry & { timestamp: bigint })[] = []
  let newest = last
  for (;;) {
    const since = newest ?? 0n
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
    for (const { timestamp } of logs) if (newest === undefined || timestamp > newest) newest = timestamp
    if (logs.length < MOST) return { processid, entries, newest }
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
