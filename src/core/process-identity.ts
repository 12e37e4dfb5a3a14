import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import { readBootId } from './boot-id.ts'

/** Identifies a process, even after its pid is reused. */
export interface ProcessIdentity {
  readonly pid: number
  /** host name, for messages; two containers may have the same one */
  readonly host: string
  /** where the pid is valid (see `machineMark`); absent in records of older versions */
  readonly machine?: string | undefined
  /** start time as the system reports it; null if unknown */
  readonly startedAt: string | null
}

/** What is known about a process. Cleaning up after it, or waiting for it without limit, needs certainty. */
export type Fate = 'living' | 'ended' | 'unknown'

let own: ProcessIdentity | undefined

export function ownIdentity(): ProcessIdentity {
  own ??= {
    pid: process.pid,
    host: os.hostname(),
    machine: machineMark(),
    startedAt: statOf('self')?.start ?? null,
  }
  return own
}

/** Returns the fate of a process. It is unknown for another boot, machine or container. */
export function fateOf({ pid, machine, startedAt }: Omit<ProcessIdentity, 'host'>): Fate {
  if (machine !== machineMark()) return 'unknown'
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'ended'
  }
  const stat = isOurProc() ? statOf(pid) : undefined
  if (!stat) return 'unknown'
  if (stat.hasEnded) return 'ended'
  if (startedAt === null) return 'unknown'
  return stat.start === startedAt ? 'living' : 'ended'
}

export function hasEnded(identity: ProcessIdentity): boolean {
  return fateOf(identity) === 'ended'
}

/** What Linux reports about a process in /proc/<pid>/stat. */
export interface ProcessStat {
  /** a zombie keeps its pid until its parent waits for it, but no longer runs */
  readonly hasEnded: boolean
  readonly parent: number
  readonly session: number
  readonly hasTerminal: boolean
  /** clock ticks since boot */
  readonly start: string
}

/** Reads fields 3, 4, 6, 7 and 22. They follow the command, which may contain spaces. */
export function statOf(pid: number | 'self'): ProcessStat | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state = '', parent, , session, terminal] = fields
    const start = fields[19]
    if (start === undefined) return undefined
    const hasEnded = state === 'Z' || state === 'X'
    return { hasEnded, parent: Number(parent), session: Number(session), hasTerminal: terminal !== '0', start }
  } catch {
    return undefined
  }
}

/** Returns whether /proc belongs to our pid namespace. In another one, our pids refer to other processes. */
export function isOurProc(): boolean {
  return linkText('/proc/self') === String(process.pid)
}

let mark: string | undefined

/**
 * Identifies the scope in which a pid and a start time identify one process: on Linux the boot and the pid and time
 * namespaces. Host names do not suffice, because containers often share one, and each has a pid 1. If the scope is
 * unknown, returns a random one that no other process shares.
 */
function machineMark(): string {
  mark ??= createHash('sha256').update(machineText()).digest('hex').slice(0, 8)
  return mark
}

function machineText(): string {
  if (process.platform !== 'linux') return `${process.platform} ${os.hostname()}`
  const pids = linkText('/proc/self/ns/pid')
  const boot = readBootId()
  if (pids === undefined || boot === undefined) return randomBytes(16).toString('hex')
  // The reader's time namespace shifts start times. Older kernels don't have time namespaces.
  return [os.hostname(), boot, pids, linkText('/proc/self/ns/time') ?? ''].join(' ')
}

function linkText(file: string): string | undefined {
  try {
    return fs.readlinkSync(file)
  } catch {
    return undefined
  }
}

/**
 * Names a temporary file or folder of this process. The name alone identifies the process, so whatever a crash leaves
 * can be attributed to it.
 */
export function nameAfterProcess(random: string): string {
  const { pid, startedAt } = ownIdentity()
  return `${machineMark()}-${pid}-${startedAt ?? '0'}-${random}`
}

/** Returns a name in the same form that every process sees as abandoned: no system uses such a high pid. */
export function nameAfterNobody(random: string): string {
  return `${machineMark()}-${2 ** 31 - 1}-0-${random}`
}

const NAMED = /^([0-9a-f]{8})-([0-9]+)-([0-9]+)-[0-9a-f]+$/

/** Returns the fate of the process in a name, or undefined if the name has another form. */
export function fateOfMaker(name: string): Fate | undefined {
  const [, machine, pid, start] = NAMED.exec(name) ?? []
  if (machine === undefined) return undefined
  return fateOf({ pid: Number(pid), machine, startedAt: start === '0' ? null : (start ?? null) })
}
