import path from 'node:path'
import { CpmError } from '../../core/errors.ts'
import { readIfThere } from '../../core/atomic-file.ts'
import type { RunResult } from './engine.ts'
import { NODE_FILES } from '../local/run-function.ts'

const TAIL_LINES = 10
const TAIL_BYTES = 2048

/** The error that a run ends a command with: each node that failed and why, and the last that it said. None for a good run. */
export function runError({ run, state, folder, nodes }: RunResult): CpmError | undefined {
  if (state === 'successful' || state === 'running') return undefined
  if (state === 'cancelled')
    return new CpmError('INTERRUPTED', `the run ${run} was stopped`, { details: { run, folder } })
  const failed = nodes.filter((node) => node.state === 'failed')
  const cancelled = nodes.filter((node) => node.state === 'cancelled').length
  const lines = failed.flatMap((node) => [
    `  ${node.nodename}: ${node.error ?? 'it failed'}`,
    ...lastLines(path.join(node.folder, NODE_FILES.stderr)).map((line) => `    | ${line}`),
  ])
  const rest =
    cancelled === 0 ? [] : [`  ${cancelled} that depend on ${failed.length === 1 ? 'it' : 'them'} did not run`]
  return new CpmError('RUN_FAILED', [`the run ${run} failed:`, ...lines, ...rest].join('\n'), {
    hint: `its logs are in ${failed.length === 1 ? (failed[0]?.folder ?? folder) : folder}`,
    details: { run, folder, nodes: failed.map(({ nodename, error }) => ({ nodename, error })) },
  })
}

/** The end of a log, fit for a terminal: what a program wrote must not move the cursor or change colours. */
function lastLines(file: string): string[] {
  const end = readIfThere(file)?.subarray(-TAIL_BYTES).toString('utf8') ?? ''
  const plain = end.replace(/\p{Cc}/gu, (c) => (c === '\n' ? c : c === '\t' ? ' ' : ''))
  return plain
    .trimEnd()
    .split('\n')
    .slice(-TAIL_LINES)
    .filter((line) => line !== '')
}
