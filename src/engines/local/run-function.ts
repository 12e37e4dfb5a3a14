import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { fileError, systemCode } from '../../core/errors.ts'
import { keepLog } from './bounded-log.ts'
import type { Command } from './function-command.ts'
import { endLeftovers } from './orphan-processes.ts'
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
  /** milliseconds that it has between being asked to end and being made to */
  grace: number
  signal: AbortSignal
  groups: ProcessGroups
}

/** Of a log that is longer than 16 MiB the first 15 and the last one are kept. */
export const LOG_LIMITS = { head: 15 * 1024 * 1024, tail: 1024 * 1024 }
/** how long pipes that somebody else holds open are still read after the end of a process */
const PIPES_AFTER_END = 2000
/** the longest that a timer of Node can run; a longer limit is no limit */
const MAX_TIMER = 2 ** 31 - 1

/**
 * Runs a function's process once: without a shell, in its folder, with nothing but the given environment. When this
 * returns, neither the process nor what it left in its group is there any more.
 */
export async function runFunction(options: FunctionOptions): Promise<Ending> {
  const { folder, milliseconds, grace, signal, groups } = options
  if (signal.aborted) return { kind: 'stopped' }
  const started = start(options)
  if ('failure' in started) return { kind: 'not started', reason: reasonOf(await started.failure) }
  const { child, pid, stdout, stderr } = started
  groups.add(pid)

  let ending: Ending | undefined // when cpm is what ends it
  let callOff: (() => void) | undefined
  const end = (why: Ending) => {
    ending ??= why
    callOff ??= endGroup(pid, Math.min(grace, MAX_TIMER))
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
      child.once('exit', (status, killer) => {
        groups.close(pid)
        // What made a session of its own has left the group, and would hold the logs open.
        endLeftovers(folder)
        resolve(killer === null ? { kind: 'exited', status: status ?? 0 } : { kind: 'killed', signal: killer })
      })
    })
    const logs = Promise.all([
      keepLog(stdout, path.join(folder, NODE_FILES.stdout), LOG_LIMITS),
      keepLog(stderr, path.join(folder, NODE_FILES.stderr), LOG_LIMITS),
    ])
    logs.catch(stop) // a log that can't be written ends the process; the error is thrown below
    const natural = await exited
    clear() // from here on its number may belong to somebody else
    // Somebody who escaped the group may hold the pipes open: what is written after the end is not waited for.
    const release = setTimeout(() => {
      stdout.destroy()
      stderr.destroy()
    }, PIPES_AFTER_END)
    await logs.finally(() => {
      clearTimeout(release)
    })
    return ending ?? natural
  } finally {
    clear()
  }
}

type Started =
  | { readonly child: ChildProcess; readonly pid: number; readonly stdout: Readable; readonly stderr: Readable }
  | { readonly failure: unknown }

/** Its input is the file itself: nothing has to be handed on, and a function that reads none of it holds up nobody. */
function start({ command, folder, env }: FunctionOptions): Started {
  const input = openInput(path.join(folder, NODE_FILES.input))
  try {
    const child = spawn(command.file, command.args, {
      cwd: folder,
      env,
      shell: false,
      detached: process.platform !== 'win32', // a group of its own
      stdio: [input, 'pipe', 'pipe'],
      windowsHide: true,
    })
    // Some errors are told by an event, which comes in any case; others are thrown.
    const failure = new Promise((resolve) => child.once('error', resolve))
    const { pid, stdout, stderr } = child
    return pid === undefined || !stdout || !stderr ? { failure } : { child, pid, stdout, stderr }
  } catch (failure) {
    return { failure }
  } finally {
    fs.closeSync(input)
  }
}

function openInput(file: string): number {
  try {
    return fs.openSync(file, 'r')
  } catch (error) {
    throw fileError(error, 'read', file)
  }
}

/** Why a program that is there, and may be executed, was not started. */
function reasonOf(error: unknown): string {
  switch (systemCode(error)) {
    case 'ENOENT':
      return 'the program that its first line (#!) names is not there'
    case 'EACCES':
      return 'the system does not allow it (EACCES)'
    case 'E2BIG':
      return 'its arguments and variables are too long together'
    case 'EMFILE':
    case 'ENFILE':
      return 'too many files are open'
    case 'EAGAIN':
    case 'ENOMEM':
      return 'the system has no room for another process'
    default:
      return error instanceof Error ? error.message : String(error)
  }
}
