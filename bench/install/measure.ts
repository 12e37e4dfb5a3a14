import { execa } from 'execa'
import fs from 'node:fs'

/** One run of a command. Times in seconds. */
export interface Run {
  readonly wall: number
  /** user and system time of the command and its children */
  readonly cpu: number
  /** the most memory that one of its processes had, in megabytes (VmHWM of proc(5)); 0 where there is no /proc */
  readonly memory: number
}

export interface Median extends Run {
  readonly least: number
  readonly most: number
}

interface Place {
  cwd: string
  env: NodeJS.ProcessEnv
}

/** Runs a command to its end. bash measures it, which also counts the children of a wrapper script. */
export async function run(command: readonly string[], { cwd, env }: Place): Promise<Run> {
  const script = 'TIMEFORMAT="%R %U %S"; exec 3>&2; time "$@" >&3 2>&3'
  const running = execa('bash', ['-c', script, 'bash', ...command], {
    cwd,
    env,
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
  })
  let memory = 0
  const watch = setInterval(() => (memory = Math.max(memory, ...descendants(running.pid).map(memoryOf))), 10)
  const { stdout, exitCode, stderr } = await running
  clearInterval(watch)
  const [wall, user, system] = (stderr.trimEnd().split('\n').at(-1) ?? '').split(' ').map(Number)
  if (exitCode !== 0 || wall === undefined || user === undefined || system === undefined)
    throw new Error(`${command.slice(0, 9).join(' ')} failed in ${cwd}:\n${stdout}${stderr}`)
  return { wall, cpu: user + system, memory }
}

function descendants(pid: number | undefined): number[] {
  const children = readIfThere(`/proc/${pid ?? ''}/task/${pid ?? ''}/children`)
    .split(' ')
    .filter(Boolean)
    .map(Number)
  return [...children, ...children.flatMap(descendants)]
}

/** Returns the most memory that a living process has had, in megabytes. */
export function memoryOf(pid: number): number {
  return Number(/VmHWM:\s+([0-9]+) kB/.exec(readIfThere(`/proc/${pid}/status`))?.[1] ?? 0) / 1000
}

function readIfThere(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Returns the run with the median time, and the range. */
export function median(runs: readonly Run[]): Median {
  const sorted = [...runs].sort((a, b) => a.wall - b.wall)
  const [least, middle, most] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)]
  if (!least || !middle || !most) throw new Error('no runs')
  return { ...middle, least: least.wall, most: most.wall }
}

/** Returns the user and system time, in seconds, that a living process has used. Linux only; elsewhere 0. */
export function cpuOf(pid: number): number {
  try {
    const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    // Fields 14 and 15 of proc(5), in ticks of 10 ms.
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return 0
  }
}
