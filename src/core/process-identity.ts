import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'

/** Names one process, also after its pid was given to another. */
export interface ProcessIdentity {
  readonly pid: number
  /** the host's name, for people: two containers may have the same */
  readonly host: string
  /** where the pid means this process (see `machineMark`); records of older versions don't have it */
  readonly machine?: string | undefined
  /** start time as the system tells it; null where it can't be known */
  readonly startedAt: string | null
}

/** What can be known about a process: only certainty allows us to clean up after it, or to wait for it without limit. */
export type Fate = 'living' | 'ended' | 'unknown'

let own: ProcessIdentity | undefined

export function ownIdentity(): ProcessIdentity {
  own ??= {
    pid: process.pid,
    host: os.hostname(),
    machine: machineMark(),
    startedAt: readStat('self')?.start ?? null,
  }
  return own
}

/** Nothing is known about a process of another start of the machine, another machine or another container. */
export function fateOf({ pid, machine, startedAt }: Omit<ProcessIdentity, 'host'>): Fate {
  if (machine !== machineMark()) return 'unknown'
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'ended'
  }
  const stat = numbersAreOurs() ? readStat(String(pid)) : undefined
  if (!stat) return 'unknown'
  // A process whose parent has not asked for its end yet keeps its number, and does nothing any more.
  if (stat.state === 'Z' || stat.state === 'X') return 'ended'
  if (startedAt === null) return 'unknown'
  return stat.start === startedAt ? 'living' : 'ended'
}

export function hasEnded(identity: ProcessIdentity): boolean {
  return fateOf(identity) === 'ended'
}

/** On Linux fields 3 and 22 (clock ticks since boot) of /proc/<pid>/stat, after the command, which may hold spaces. */
function readStat(pid: string): { state: string; start: string } | undefined {
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

/** /proc may be that of another pid namespace: there our numbers belong to others. */
function numbersAreOurs(): boolean {
  return linkText('/proc/self') === String(process.pid)
}

let mark: string | undefined

/**
 * Names the place where a pid and a start time mean one process: on Linux this start of the machine, and the pid and time
 * namespaces. Containers often share a host name, and often have a pid 1 each. Where the place can't be known, nobody
 * shares it with us.
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
  // Start times are shifted by the time namespace of the reader; a kernel without them has one time.
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
 * A name for something that this process makes and will take away again: the process can be told from the name alone, so
 * there is no moment at which a crash leaves something nobody can be asked about.
 */
export function nameAfterProcess(random: string): string {
  const { pid, startedAt } = ownIdentity()
  return `${machineMark()}-${pid}-${startedAt ?? '0'}-${random}`
}

/** A name of the same form whose process has ended for all who look: no system gives out so high a number. */
export function nameAfterNobody(random: string): string {
  return `${machineMark()}-${2 ** 31 - 1}-0-${random}`
}

const NAMED = /^([0-9a-f]{8})-([0-9]+)-([0-9]+)-[0-9a-f]+$/

/** What is known about the process that made a name; undefined for a name of another form. */
export function fateOfMaker(name: string): Fate | undefined {
  const [, machine, pid, start] = NAMED.exec(name) ?? []
  if (machine === undefined) return undefined
  return fateOf({ pid: Number(pid), machine, startedAt: start === '0' ? null : (start ?? null) })
}

/** Names the present run of the machine: another value after every restart. */
export function bootId(): string {
  // Elsewhere: the minute the machine came up. Clocks drift by seconds, restarts take longer.
  return readBootId() ?? `boot-${Math.round((Date.now() / 1000 - os.uptime()) / 60)}`
}

function readBootId(): string | undefined {
  try {
    return fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return undefined
  }
}
