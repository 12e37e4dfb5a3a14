import path from 'node:path'
import { HOOK_SECONDS, SNAKE_NAMES } from '../schema/plugin.ts'
import type { ShellHookName, ShellHooks } from '../schema/shell-hook.ts'
import type { EnvironmentVariables } from '../core/environment-variables.ts'
import { CpmError } from '../core/errors.ts'
import { oneLine, plainLines } from '../core/printable.ts'

/** A command of the user's settings that runs at a hook. */
export interface ShellHook {
  readonly program: string
  readonly args: readonly string[]
  readonly required: boolean
  readonly timeout: number
}

/** Returns the commands of a hook, in the order of the settings, under both spellings of its name. */
export function shellHooksFor(hooks: ShellHooks, name: ShellHookName): ShellHook[] {
  const names = [name, ...Object.keys(SNAKE_NAMES).filter((snake) => SNAKE_NAMES[snake] === name)]
  return names.flatMap((key) => listOf(hooks[key])).map(readHook)
}

type Entry =
  readonly string[] | { command: readonly string[]; required?: boolean | undefined; timeout?: number | undefined }

function listOf(value: ShellHooks[string]): readonly Entry[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) return [value]
  return value.every((part) => typeof part === 'string') ? [value] : value
}

function readHook(entry: Entry): ShellHook {
  const { command, required = false, timeout = HOOK_SECONDS } = 'command' in entry ? entry : { command: entry }
  const [program = '', ...args] = command
  return { program, args, required, timeout }
}

export interface ShellHookParts {
  readonly env: EnvironmentVariables
  readonly cwd: string
  readonly signal: AbortSignal
  /** called with each line that the command prints */
  readonly onLine: (text: string) => void
}

const MOST_OUTPUT = 256 * 1024

/**
 * Runs a command with an event as JSON on its standard input. It gets no token and no key of cpm, and programs are
 * never looked for in the working folder.
 * @throws CpmError HOOK_FAILED if it fails or takes too long
 */
export async function runShellHook(
  { program, args, timeout }: ShellHook,
  event: unknown,
  { env, cwd, signal, onLine }: ShellHookParts,
): Promise<void> {
  const { execa } = await import('execa')
  const label = oneLine(path.basename(program))
  const result = await execa(program, args, {
    cwd,
    env: environmentFor(env),
    extendEnv: false,
    input: `${JSON.stringify(event)}\n`,
    timeout: timeout * 1000,
    forceKillAfterDelay: 1000,
    cancelSignal: signal,
    maxBuffer: MOST_OUTPUT,
    all: true,
    reject: false,
    windowsHide: true,
  })
  signal.throwIfAborted()
  for (const line of plainLines(result.all).slice(0, 200)) if (line !== '') onLine(`${label}: ${line}`)
  if (!result.failed) return
  throw new CpmError('HOOK_FAILED', `the hook ${label} ${failureOf(result, timeout)}`, {
    hint: 'cpm config get hooks',
    details: { program, exitCode: result.exitCode ?? null },
  })
}

interface Outcome {
  readonly timedOut: boolean
  readonly isMaxBuffer: boolean
  readonly signal?: string | undefined
  readonly exitCode?: number | undefined
  readonly code?: string | undefined
}

function failureOf({ timedOut, isMaxBuffer, signal, exitCode, code }: Outcome, timeout: number): string {
  if (timedOut) return `did not end within ${timeout} seconds`
  if (isMaxBuffer) return 'printed too much'
  if (exitCode !== undefined) return `failed with exit status ${exitCode}`
  return signal === undefined ? `can't be started (${code ?? 'unknown error'})` : `was ended by ${signal}`
}

function environmentFor(env: EnvironmentVariables): Record<string, string> {
  const all = Object.entries(env.forChild({})).filter(([name]) => name === 'CPM_HOME' || !name.startsWith('CPM_'))
  const places = (env.get('PATH') ?? '').split(path.delimiter).filter((place) => path.isAbsolute(place))
  // Without the last one, Windows would look in the working folder first.
  return { ...Object.fromEntries(all), PATH: places.join(path.delimiter), NoDefaultCurrentDirectoryInExePath: '1' }
}
