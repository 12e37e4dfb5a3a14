import { CpmError } from '../../core/errors.ts'
import { plainLines } from '../../core/printable.ts'
import type { Engine } from '../engine.ts'
import type { RunSnapshot } from './snapshot.ts'

const TAIL_LINES = 10
const TAIL_CHARS = 2048
/** the most nodes whose last log lines are shown */
const MOST_TAILS = 5

/**
 * Returns the error for a run that failed or was cancelled, with the reason and the last log lines of each failed node.
 */
export async function runError(engine: Engine, snapshot: RunSnapshot): Promise<CpmError | undefined> {
  const { run, state, nodes } = snapshot
  const details = { run, state }
  if (state === 'cancelled')
    return new CpmError('RUN_FAILED', `the run ${run} was cancelled`, { hint: `cpm workflow retry ${run}`, details })
  if (state !== 'failed') return undefined
  const failed = nodes.filter((node) => node.error !== undefined)
  const lines = await Promise.all(
    failed.map(async ({ nodename, error }, index) => [
      `  ${nodename}: ${error}`,
      ...(index < MOST_TAILS ? await lastLines(engine, run, nodename) : []).map((line) => `    | ${line}`),
    ]),
  )
  const others = nodes.filter((node) => node.error === undefined && node.state !== 'successful').length
  const rest =
    others === 0 ? [] : [`  ${others === 1 ? 'one more was' : `${others} more were`} stopped as a result, or never ran`]
  const [first] = failed
  return new CpmError('RUN_FAILED', [`the run ${run} failed:`, ...lines.flat(), ...rest].join('\n'), {
    hint: `cpm workflow logs ${run}${failed.length === 1 && first ? ` --node ${first.nodename}` : ''}`,
    details: { ...details, nodes: failed.map(({ nodename, error }) => ({ nodename, error })) },
  })
}

/** Returns the last lines of a log, made safe for a terminal: output must not move the cursor or change colors. */
async function lastLines(engine: Engine, run: string, node: string): Promise<string[]> {
  let stdout = ''
  let end = ''
  for await (const { stream, text } of engine.logs(run, { node })) {
    if (stream === 'stdout') stdout = `${stdout}\n${text}`.slice(-TAIL_CHARS)
    else end = `${end}\n${text}`.slice(-TAIL_CHARS)
  }
  return plainLines(end === '' ? stdout : end)
    .filter((line) => line !== '')
    .slice(-TAIL_LINES)
}
