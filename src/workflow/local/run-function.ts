import path from 'node:path'
import { execa } from 'execa'
import { keepLog } from './bounded-log.ts'
import type { Command } from './function-command.ts'
import { endGroup, type ProcessGroups } from './process-groups.ts'

/** The files of a node's folder. */
export const NODE_FILES = {
  input: 'input.json',
  stdout: 'stdout.log',
  stderr: 'stderr.log',
  output: 'output.json',
} as const

/** How a process ended. */
export type Ending =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'not started'; readonly reason: string }
  | { readonly kind: 'too slow' }
  | { readonly kind: 'stopped' }

interface FunctionOptions {
  command: Command
  /** the node's folder: its working folder, with `input.json` in it */
  folder: string
  /** all of its environment */
  env: Readonly<Record<string, string>>
  milliseconds: number
  signal: AbortSignal
  groups: ProcessGroups
}

export const MAX_LOG_BYTES = 16 * 1024 * 1024
/** how long a process has between being asked to end and being made to */
const GRACE = 2000
/** the longest that a timer of Node can run; a longer limit is no limit */
const MAX_TIMER = 2 ** 31 - 1

/**
 * Runs a function's process once: without a shell, in its folder, with nothing but the given environment. When this
 * returns, neither the process nor what it left in its group is there any more.
 */
export async function runFunction(options: FunctionOptions): Promise<Ending> {
  const { command, folder, env, milliseconds, signal, groups } = options
  if (signal.aborted) return { kind: 'stopped' }
  const subprocess = execa(command.file, [...command.args], {
    cwd: folder,
    env,
    extendEnv: false,
    shell: false,
    detached: process.platform !== 'win32', // a group of its own
    cleanup: false, // `groups` sees to that, for the whole group
    inputFile: path.join(folder, NODE_FILES.input),
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    windowsHide: true,
  })
  const { pid } = subprocess
  if (pid === undefined) {
    const { originalMessage } = await subprocess
    return { kind: 'not started', reason: originalMessage ?? 'the system gives no reason' }
  }
  groups.add(pid)

  let ending: Ending | undefined // when cpm is what ends it
  let callOff: (() => void) | undefined
  const end = (why: Ending) => {
    ending ??= why
    callOff ??= endGroup(pid, GRACE)
  }
  const stop = () => {
    end({ kind: 'stopped' })
  }
  const timer = setTimeout(
    () => {
      end({ kind: 'too slow' })
    },
    Math.min(milliseconds, MAX_TIMER),
  )
  signal.addEventListener('abort', stop)
  const clear = () => {
    clearTimeout(timer)
    callOff?.()
    signal.removeEventListener('abort', stop)
  }
  try {
    const exited = new Promise<Ending>((resolve) => {
      subprocess.once('exit', (status, killer) => {
        groups.close(pid)
        resolve(killer === null ? { kind: 'exited', status: status ?? 0 } : { kind: 'killed', signal: killer })
      })
    })
    const logs = Promise.all([
      keepLog(subprocess.stdout, path.join(folder, NODE_FILES.stdout), MAX_LOG_BYTES),
      keepLog(subprocess.stderr, path.join(folder, NODE_FILES.stderr), MAX_LOG_BYTES),
    ])
    logs.catch(stop) // a log that can't be written ends the process; the error is thrown below
    const natural = await exited
    clear() // from here on its number may belong to somebody else
    // Somebody who escaped the group may hold the pipes open: what is written after the end is not waited for.
    const release = setTimeout(() => {
      subprocess.stdout.destroy()
      subprocess.stderr.destroy()
    }, GRACE)
    await logs.finally(() => {
      clearTimeout(release)
    })
    await subprocess
    return ending ?? natural
  } finally {
    clear()
  }
}
