import fs from 'node:fs'
import path from 'node:path'
import { isOurProc, type ProcessStat, statOf } from '../../core/process-identity.ts'

/** how many times to look for processes that were started while others were being killed */
const MOST_ROUNDS = 10

/** How to recognize the processes of a node or a run, besides their environment. */
export interface Traces {
  /** the start time of the node's first process, or of the cpm that ran it; older processes are left alone */
  readonly since?: string | null | undefined
  /** the pipes that the node's first process got as stdout and stderr */
  readonly outputs?: ReadonlySet<string>
  /** descendants that were seen while the node ran: their start times by pid */
  readonly seen?: ReadonlyMap<number, string>
}

/**
 * Kills processes that a function left outside its group, or that a killed cpm left. A pid alone never suffices,
 * because it may have been reused: they are recognized by their environment, which names the folder of their node, by
 * their working folder, by a pipe of the node, or as a descendant that was seen with the same start time. Only Linux
 * exposes all this, so they are left running elsewhere.
 */
export function endLeftovers(folder: string, traces: Traces = {}): void {
  if (process.platform !== 'linux' || !isOurProc()) return
  const isLeftover = recognizer(folder, traces)
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const left = fs.readdirSync('/proc').filter((name) => /^[1-9][0-9]*$/.test(name) && isLeftover(Number(name)))
    if (left.length === 0) return
    for (const pid of left) {
      try {
        process.kill(Number(pid), 'SIGKILL')
      } catch {
        // It has already ended.
      }
    }
  }
}

function recognizer(folder: string, { since, outputs, seen }: Traces): (pid: number) => boolean {
  const user = process.getuid?.()
  const session = statOf(process.pid)?.session
  const ancestors = ancestorsOf(process.pid)
  const mark = Buffer.from(`\0CPM_OUTPUT=${folder}${path.sep}`)
  const place = realPath(folder)
  // A function has no terminal and is not in our session, but a person who looks at the node's files may be.
  const worksThere = (pid: number, stat: ProcessStat) =>
    typeof since === 'string' && !stat.hasTerminal && stat.session !== session && isInside(linkOf(pid, 'cwd'), place)
  return (pid) => {
    if (ancestors.has(pid)) return false
    const stat = statOf(pid)
    if (!stat || stat.hasEnded || userOf(pid) !== user) return false
    if (typeof since === 'string' && Number(stat.start) < Number(since)) return false
    return (
      seen?.get(pid) === stat.start ||
      environmentOf(pid).includes(mark) ||
      worksThere(pid, stat) ||
      (outputs !== undefined && holdsOneOf(pid, outputs))
    )
  }
}

/** Returns a process and its ancestors. */
function ancestorsOf(pid: number): Set<number> {
  const found = new Set<number>()
  for (let at: number | undefined = pid; at !== undefined && at > 0 && !found.has(at); at = statOf(at)?.parent)
    found.add(at)
  return found
}

function userOf(pid: number): number | undefined {
  return fs.statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid
}

function realPath(folder: string): string {
  try {
    return fs.realpathSync(folder)
  } catch {
    return folder
  }
}

function isInside(place: string | undefined, folder: string): boolean {
  return place !== undefined && (place === folder || place.startsWith(folder + path.sep))
}

function holdsOneOf(pid: number, pipes: ReadonlySet<string>): boolean {
  return namesOf(`/proc/${pid}/fd`).some((fd) => pipes.has(linkOf(pid, `fd/${fd}`) ?? ''))
}

/** Returns the pipes that a process has as stdout and stderr, by which those who inherit them are recognized. */
export function outputsOf(pid: number): Set<string> {
  const links = [linkOf(pid, 'fd/1'), linkOf(pid, 'fd/2')]
  return new Set(links.filter((link) => link !== undefined && /^(?:pipe|socket):/.test(link)) as string[])
}

/** Adds the current descendants of a process, and of those that were seen before, to `seen`. */
export function addDescendants(leader: number, seen: Map<number, string>): void {
  const queue = [leader, ...[...seen].flatMap(([pid, start]) => (statOf(pid)?.start === start ? [pid] : []))]
  const walked = new Set<number>()
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    if (walked.has(pid)) continue
    walked.add(pid)
    for (const child of childrenOf(pid)) {
      const start = statOf(child)?.start
      if (start !== undefined) seen.set(child, start)
      queue.push(child)
    }
  }
}

/** Returns the children that each thread of a process has started. Some kernels don't list them. */
function childrenOf(pid: number): number[] {
  return namesOf(`/proc/${pid}/task`).flatMap((thread) => {
    const text = textOf(`/proc/${pid}/task/${thread}/children`)
    return text.split(' ').filter(Boolean).map(Number)
  })
}

/** Returns the environment of a process, or nothing if it belongs to another user or has ended. */
function environmentOf(pid: number): Buffer {
  return Buffer.from(`\0${textOf(`/proc/${pid}/environ`, 'latin1')}`, 'latin1')
}

function textOf(file: string, encoding: 'ascii' | 'latin1' = 'ascii'): string {
  try {
    return fs.readFileSync(file, encoding)
  } catch {
    return ''
  }
}

function namesOf(folder: string): string[] {
  try {
    return fs.readdirSync(folder)
  } catch {
    return []
  }
}

function linkOf(pid: number, name: string): string | undefined {
  try {
    return fs.readlinkSync(`/proc/${pid}/${name}`)
  } catch {
    return undefined
  }
}
