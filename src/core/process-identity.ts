import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'

/** Names one process on one machine, also after its pid was given to another. */
export interface ProcessIdentity {
  readonly pid: number
  readonly host: string
  /** start time as the system tells it; null where it can't be known */
  readonly startedAt: string | null
}

let own: ProcessIdentity | undefined

export function ownIdentity(): ProcessIdentity {
  own ??= { pid: process.pid, host: os.hostname(), startedAt: processStart(process.pid) }
  return own
}

/**
 * Whether a process is known to have ended. A process on another host, or one that can't be asked about, is not:
 * only certainty allows to clean up after somebody.
 */
export function hasEnded({ pid, host, startedAt }: ProcessIdentity): boolean {
  if (host !== os.hostname()) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
  const stat = readStat(pid)
  // A process whose parent did not ask for its end yet keeps its number, and does nothing any more.
  if (stat?.state === 'Z' || stat?.state === 'X') return true
  return startedAt !== null && stat !== undefined && stat.start !== startedAt
}

function processStart(pid: number): string | null {
  return readStat(pid)?.start ?? null
}

/** On Linux fields 3 and 22 (clock ticks since boot) of /proc/<pid>/stat, after the command, which may hold spaces. */
function readStat(pid: number): { state: string; start: string } | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, start] = [fields[0], fields[19]]
    return state === undefined || start === undefined ? undefined : { state, start }
  } catch {
    return undefined
  }
}

/**
 * A name for something that this process makes and will take away again: the process can be told from the name alone, so
 * there is no moment at which a crash leaves something nobody can be asked about.
 */
export function nameAfterProcess(random: string): string {
  const { pid, startedAt } = ownIdentity()
  return `${hostMark(os.hostname())}-${pid}-${startedAt ?? '0'}-${random}`
}

/** A name of the same form whose process has ended for all who look: no system gives out so high a number. */
export function nameAfterNobody(random: string): string {
  return `${hostMark(os.hostname())}-${2 ** 31 - 1}-0-${random}`
}

const NAMED = /^([0-9a-f]{8})-([0-9]+)-([0-9]+)-[0-9a-f]+$/

/** Whether the process that a name was made by is known to have ended; undefined for any other name. */
export function makerHasEnded(name: string): boolean | undefined {
  const [, mark, pid, start] = NAMED.exec(name) ?? []
  if (mark === undefined) return undefined
  const host = mark === hostMark(os.hostname()) ? os.hostname() : ''
  return hasEnded({ pid: Number(pid), host, startedAt: start === '0' ? null : (start ?? null) })
}

function hostMark(host: string): string {
  return createHash('sha256').update(host).digest('hex').slice(0, 8)
}

/** Names the present run of the machine: another value after every restart. */
export function bootId(): string {
  try {
    return fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    // Elsewhere: the minute the machine came up. Clocks drift by seconds, restarts take longer.
    return `boot-${Math.round((Date.now() / 1000 - os.uptime()) / 60)}`
  }
}
