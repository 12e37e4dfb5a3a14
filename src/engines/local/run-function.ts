import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { fileError, systemCode } from '../../core/errors.ts'
import { keepLog } from './bounded-log.ts'
import type { Command } from './function-command.ts'
import { endGroup, type ProcessGroups } from './process-groups.ts'

/** The files in a node's folder. */
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
  /** its complete environment */
  env: Readonly<Record<string, string>>
  milliseconds: number
  /** milliseconds between asking it to end and killing it */
  grace: number
  signal: AbortSignal
  groups: ProcessGroups
}

/** A log keeps its first 15 MiB and its last 1 MiB. */
export const LOG_LIMITS = { head: 15 * 1024 * 1024, tail: 1024 * 1024 }
/** milliseconds to keep reading after the end of a process if another process holds its pipes open */
const PIPES_AFTER_END = 2000
/** the longest delay of a Node timer; a longer limit counts as none */
const MAX_TIMER = 2 ** 31 - 1

/**
 * Runs a function's process once, without a shell, in its folder and with only the given environment. When this
 * returns, the process and everything left in its group have ended.
 */
export async function runFunction(options: FunctionOptions): Promise<Ending> {
  const { folder, milliseconds, grace, signal, groups } = options
  if (signal.aborted) return { kind: 'stopped' }
  const started = start(options)
  if ('failure' in started) return { kind: 'not started', reason: reasonOf(await started.failure) }
  const { child, pid, stdout, stderr } = started
  groups.add(pid, folder)

  let ending: Ending | undefined // set if cpm ends it
  let callOff: (() => void) | undefined
  const end = (why: Ending) => {
    ending ??= why
    groups.look(pid) // when their parents have ended, they are no longer its descendants
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
        resolve(killer === null ? { kind: 'exited', status: status ?? 0 } : { kind: 'killed', signal: killer })
      })
    })
    const logs = Promise.all([
      keepLog(stdout, path.join(folder, NODE_FILES.stdout), LOG_LIMITS),
      keepLog(stderr, path.join(folder, NODE_FILES.stderr), LOG_LIMITS),
    ])
    logs.catch(stop) // a log that can't be written ends the process; the error is thrown below
    const natural = await exited
    clear() // from here on its process id may be reused
    // A process that escaped the group may hold the pipes open; don't wait for it.
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

/** Starts a function with its input file as stdin, so that a function that does not read it blocks nothing. */
function start({ command, folder, env }: FunctionOptions): Started {
  const input = openInput(path.join(folder, NODE_FILES.input))
  try {
    const child = spawn(command.file, command.args, {
      cwd: folder,
      env,
      shell: false,
      detached: process.platform !== 'win32', // its own process group
      stdio: [input, 'pipe', 'pipe'],
      windowsHide: true,
    })
    // Some errors are reported by an event, others are thrown.
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

/** Explains why an existing, executable program could not be started. */
function reasonOf(error: unknown): string {
  switch (systemCode(error)) {
    case 'ENOENT':
      return 'the interpreter in its first line (#!) does not exist'
    case 'EACCES':
      return 'the system does not allow it (EACCES)'
    case 'E2BIG':
      return 'its arguments and variables are too long'
    case 'EMFILE':
    case 'ENFILE':
      return 'too many files are open'
    case 'EAGAIN':
    case 'ENOMEM':
      return "the system can't start another process"
    default:
      return error instanceof Error ? error.message : String(error)
  }
}
