import { setTimeout as delay } from 'node:timers/promises'
import type { Executor } from '../../schema/colony/members.ts'
import type { Log, Process } from '../../schema/colony/process.ts'
import type { LogEntry, LogOptions } from '../engine.ts'
import type { ColonyClient } from './client.ts'
import type { ReadGraph } from './graph-reader.ts'
import { LogReader, type LogSource } from './log-reader.ts'

interface ReadOptions extends LogOptions {
  /** milliseconds between two looks */
  pause: number
  /** repeats a request if that can help */
  ask: <T>(asked: () => Promise<T>) => Promise<T>
}

interface LookAtSources {
  readonly sources: readonly LogSource[]
  /** whether nothing more will come */
  readonly isOver: boolean
}

/**
 * Reads what processes logged, ordered by time. ColonyOS has no log stream, so this requests the lines after the last
 * one, only from processes that can have logged something since.
 */
export async function* readLogs(
  client: ColonyClient,
  look: () => Promise<LookAtSources>,
  { follow = false, signal, pause, ask }: ReadOptions,
): AsyncGenerator<LogEntry> {
  const reader = new LogReader(client)
  for (;;) {
    // Read the states first: a process that has ended by then logs nothing more.
    const { sources, isOver } = await ask(look)
    const names = new Map(sources.map(({ processid, nodename }) => [processid, nodename]))
    const logs = await ask(() => reader.read(sources))
    yield* logs.sort(byTime).map((log) => ({
      node: names.get(log.processid) ?? '',
      time: timeOf(log),
      text: textOf(log),
    }))
    if (!follow || isOver) return
    await delay(pause, undefined, { signal })
  }
}

/**
 * Returns the processes that have run and so may have logged something. A process that was restarted, or whose executor
 * may have been lost, has lines in the logs of several executors.
 */
export function logSources({ graph, processes }: ReadGraph, executors: readonly Executor[]): LogSource[] {
  const names = new Map(executors.map(({ executorid, executorname }) => [executorid, executorname]))
  const isCertain = !executors.some((executor) => gotLostSince(executor, graph.submissiontime))
  return [...processes.values()].filter(hasRun).map((process) => {
    const { processid, spec, state, retries, starttime, assignedexecutorid } = process
    const attempt = `${retries} ${starttime ?? ''}`
    return {
      processid,
      nodename: spec.nodename,
      isRunning: state === 'running',
      executor: isCertain && retries === 0 ? names.get(assignedexecutorid) : undefined,
      startedAt: starttime,
      attempt,
      version: `${state} ${attempt}`,
    }
  })
}

function gotLostSince({ state, lastheardfromtime }: Executor, time: string | undefined): boolean {
  if (state !== 'unregistered' || lastheardfromtime === undefined) return false
  return time === undefined || Date.parse(lastheardfromtime) >= Date.parse(time)
}

function hasRun({ starttime, retries }: Process): boolean {
  return starttime !== undefined || retries > 0
}

function textOf({ message }: Log): string {
  return message.replace(/\r?\n$/, '')
}

function timeOf({ timestamp }: Log): string {
  return new Date(Number(timestamp / 1_000_000n)).toISOString()
}

function byTime(a: Log, b: Log): number {
  return a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0
}
