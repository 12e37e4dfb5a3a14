import fs from 'node:fs'
import path from 'node:path'
import { fileError, systemCode } from '../../core/errors.ts'
import { exactJson, parseLosslessJson } from '../../core/exact-json.ts'
import { checkJson } from '../../core/json.ts'
import type { Command } from './function-command.ts'
import { MAX_INPUT_BYTES } from './joined-inputs.ts'
import type { ProcessGroups } from './process-groups.ts'
import { type Ending, NODE_FILES, runFunction } from './run-function.ts'
import type { FunctionSpec } from '../../workflow/specs/spec.ts'

/** How a node ended by itself. */
type OwnEnd =
  | { readonly state: 'successful'; readonly out: readonly unknown[] }
  | { readonly state: 'failed'; readonly error: string }

/** How a node ended. A node that was stopped or never ran has failed or was cancelled without its own error. */
export type NodeOutcome = OwnEnd | { readonly state: 'failed' | 'cancelled'; readonly error?: undefined }

interface NodeOptions {
  command: Command
  /** the node's folder, which is created here */
  folder: string
  /** the concatenated outputs of its parents */
  incoming: readonly unknown[]
  /** the user's variables for functions; those of the spec override them */
  env: Readonly<Record<string, string>>
  /** CPM_PACKAGE and CPM_PACKAGES, the folders of the package and of its dependencies, which override all others */
  places: Readonly<Record<string, string>>
  /** milliseconds between asking its command to end and killing it */
  grace: number
  signal: AbortSignal
  /** called before the function is started again */
  onRetry: () => void
  groups: ProcessGroups
}

export const MAX_OUTPUT_BYTES = 4 * 1024 * 1024
const MAX_OUTPUT_LEVELS = 500

/** Runs a node: writes its input, runs its function and reads its output. Retries only if it took too long. */
export async function runNode(
  node: FunctionSpec,
  options: NodeOptions,
): Promise<OwnEnd | { readonly state: 'stopped' }> {
  const { command, folder, incoming, grace, signal, groups, onRetry } = options
  const { nodename, funcname, args, kwargs, maxexectime, maxretries } = node
  const seconds = maxexectime > 0 ? maxexectime : Infinity
  const outputFile = path.join(folder, NODE_FILES.output)
  // For a function of an included package, CPM_PACKAGE is the folder of that package.
  const own = command.root === undefined ? {} : { CPM_PACKAGE: command.root }
  const env = { ...options.env, ...node.env, ...options.places, ...own, CPM_OUTPUT: outputFile }
  const input = exactJson({ nodename, funcname, args, kwargs, in: incoming })
  if (Buffer.byteLength(input) > MAX_INPUT_BYTES)
    return { state: 'failed', error: `its input is larger than ${MAX_INPUT_BYTES / 1024 / 1024} MiB` }
  makeFolder(folder, input)
  for (let tries = 1; ; tries++) {
    if (tries > 1) fs.rmSync(outputFile, { recursive: true, force: true })
    const ending = await runFunction({ command, folder, env, milliseconds: seconds * 1000, grace, signal, groups })
    if (ending.kind === 'too slow' && (maxretries === -1 || tries <= maxretries)) {
      note(folder, `took longer than ${seconds} s, retrying (${tries})`)
      onRetry()
      continue
    }
    if (ending.kind === 'stopped') return { state: 'stopped' }
    const error = failureOf(ending, seconds)
    return error === undefined ? readOut(folder) : { state: 'failed', error }
  }
}

function makeFolder(folder: string, input: string): void {
  try {
    fs.mkdirSync(folder, { mode: 0o700 })
    fs.writeFileSync(path.join(folder, NODE_FILES.input), input, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    throw fileError(error, 'write', folder)
  }
}

function note(folder: string, text: string): void {
  fs.appendFileSync(path.join(folder, NODE_FILES.stderr), `[cpm: ${text}]\n`, { mode: 0o600 })
}

function failureOf(ending: Ending, seconds: number): string | undefined {
  switch (ending.kind) {
    case 'exited':
      return ending.status === 0 ? undefined : `its command exited with status ${ending.status}`
    case 'killed':
      return `its command was killed by ${ending.signal}`
    case 'not started':
      return `its command can't be started: ${ending.reason}`
    case 'too slow':
      return `it took longer than ${seconds} s`
    case 'stopped':
      return 'it was stopped'
  }
}

/** Writes the output of an earlier run into a node's folder. */
export function writeOut(folder: string, out: readonly unknown[]): void {
  try {
    fs.mkdirSync(folder, { mode: 0o700 })
    fs.writeFileSync(path.join(folder, NODE_FILES.output), exactJson(out), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    throw fileError(error, 'write', folder)
  }
}

/**
 * Reads the array that a function wrote into its node's folder, or an empty one if it wrote nothing. Text that readers
 * interpret differently (invalid UTF-8, duplicate keys) would reach the next nodes changed, so it fails the node.
 */
export function readOut(folder: string): OwnEnd {
  const file = path.join(folder, NODE_FILES.output)
  const failed = (error: string): OwnEnd => ({ state: 'failed', error: `its output ${error}` })
  let bytes: Buffer
  try {
    const stat = fs.lstatSync(file)
    if (!stat.isFile()) return failed('is not a regular file')
    if (stat.size > MAX_OUTPUT_BYTES) return failed(`is larger than ${MAX_OUTPUT_BYTES / 1024 / 1024} MiB`)
    bytes = fs.readFileSync(file)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { state: 'successful', out: [] }
    throw fileError(error, 'read', file)
  }
  const checked = checkJson(bytes, MAX_OUTPUT_LEVELS)
  if ('fault' in checked) {
    const { line, column, message } = checked.fault
    return failed(`is refused at ${line}:${column}: ${message}`)
  }
  const out = parseLosslessJson(checked.text)
  return Array.isArray(out) ? { state: 'successful', out: out as unknown[] } : failed('is not an array')
}
