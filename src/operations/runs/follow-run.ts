import { CpmError } from '../../core/errors.ts'
import { plainLines } from '../../core/printable.ts'
import type { Engine, LogEntry, PreparedRun } from '../../engines/engine.ts'
import { reportChanges } from '../../engines/runs/report-changes.ts'
import { runError } from '../../engines/runs/run-error.ts'
import type { RunSnapshot } from '../../engines/runs/snapshot.ts'
import type { Session } from '../session.ts'

export interface FollowOptions {
  /** seconds to wait */
  timeout?: number | undefined
  /** also report what the nodes write */
  logs?: boolean | undefined
}

type Follower = Pick<Session, 'emit' | 'signal' | 'atEnd'>

/**
 * Submits a run to an engine and follows it to its end. A local run is part of this process, so it is cancelled when
 * the command is interrupted or times out.
 * @throws CpmError RUN_FAILED if it was not successful, RUN_TIMEOUT if it took too long
 */
export async function submitAndFollow(
  context: Follower,
  engine: Engine,
  prepared: PreparedRun,
  options: FollowOptions,
) {
  const deadline = deadlineOf(options)
  const signal = deadline ? AbortSignal.any([context.signal, deadline]) : context.signal
  const { run } = await engine.submit(prepared, { signal })
  const isOurs = engine.runsHere
  return await follow(context, engine, run, {
    ...options,
    deadline,
    goesOn: !isOurs,
    signal: isOurs ? undefined : signal,
  })
}

/** Follows a submitted run to its end and reports events. @throws the errors of `submitAndFollow` */
export async function followRun(context: Follower, engine: Engine, run: string, options: FollowOptions) {
  const deadline = deadlineOf(options)
  const signal = deadline ? AbortSignal.any([context.signal, deadline]) : context.signal
  return await follow(context, engine, run, { ...options, deadline, goesOn: true, signal })
}

interface Following extends FollowOptions {
  deadline: AbortSignal | undefined
  /** whether the run outlives this command */
  goesOn: boolean
  /** stops watching */
  signal: AbortSignal | undefined
}

/** Errors that tell the user about the run. */
const TELLING: readonly string[] = ['RUN_FAILED', 'RUN_TIMEOUT', 'INTERRUPTED']

async function follow(context: Follower, engine: Engine, run: string, following: Following): Promise<RunSnapshot> {
  try {
    const ended = await watch(context, engine, run, following)
    tellOfRun(context, engine, run)
    return ended
  } catch (error) {
    if (error instanceof CpmError && TELLING.includes(error.code)) tellOfRun(context, engine, run)
    throw error
  }
}

/** Acknowledges a run when the command has ended and reported it. Until then, the same command continues the run. */
export function tellOfRun({ atEnd }: Pick<Session, 'atEnd'>, engine: Engine, run: string): void {
  atEnd(() => {
    engine.acknowledge?.(run)
    return Promise.resolve()
  })
}

async function watch(
  { emit, signal: interruption }: Follower,
  engine: Engine,
  run: string,
  { timeout, logs, deadline, goesOn, signal }: Following,
): Promise<RunSnapshot> {
  const isLate = () => deadline?.aborted === true && !interruption.aborted
  try {
    const [ended] = await Promise.all([
      engine.watch(run, { signal, onChange: reportChanges(emit) }),
      logs === true && tellLogs(emit, engine, run, signal),
    ])
    if (interruption.aborted) throw endedByUs(ended, interruption.reason)
    if (ended.state === 'successful') return ended
    if (ended.state === 'cancelled' && isLate()) throw lateError(run, timeout, 'was cancelled')
    throw (await runError(engine, ended)) ?? new Error(`the run ${run} ended as ${ended.state}`)
  } catch (error) {
    if (isLate() && !(error instanceof CpmError)) throw lateError(run, timeout, goesOn ? 'continues' : 'was cancelled')
    if (goesOn && interruption.aborted) throw stillRunning(run, interruption.reason)
    throw error
  }
}

async function tellLogs(emit: Session['emit'], engine: Engine, run: string, signal: AbortSignal | undefined) {
  for await (const entry of engine.logs(run, { follow: true, signal })) {
    for (const text of plainLines(entry.text)) {
      const { node, stream, time } = entry
      emit({ type: 'node-log', run, node, stream, time, text })
    }
  }
}

/** Splits a piece of a log into lines. @param withName whether lines start with the name of their node */
export function logLines({ node, text }: LogEntry, withName: boolean): string[] {
  return plainLines(text).map((line) => (withName ? `${node} | ${line}` : line))
}

function deadlineOf({ timeout }: FollowOptions): AbortSignal | undefined {
  return timeout === undefined ? undefined : AbortSignal.timeout(Math.min(timeout * 1000, 2 ** 31 - 1))
}

/** Returns the interruption of a command whose run continues: the user should wait for it or cancel it. */
function stillRunning(run: string, reason: unknown): CpmError {
  const what = reason instanceof CpmError ? reason.message : 'interrupted'
  return new CpmError('INTERRUPTED', `${what}; the run ${run} continues`, {
    hint: `cpm workflow wait ${run}, or cpm workflow cancel ${run}`,
    details: { run },
    cause: reason,
  })
}

/** Returns the interruption of a command that also ended its run. */
function endedByUs({ run, state }: RunSnapshot, reason: unknown): CpmError {
  const what = reason instanceof CpmError ? reason.message : 'interrupted'
  const became = state === 'cancelled' ? 'was cancelled' : `had already ended and was ${state}`
  return new CpmError('INTERRUPTED', `${what}; the run ${run} ${became}`, {
    hint: state === 'successful' ? `cpm workflow get ${run}` : `cpm workflow retry ${run}`,
    details: { run, state },
    cause: reason,
  })
}

function lateError(run: string, timeout = 0, fate: 'continues' | 'was cancelled'): CpmError {
  return new CpmError('RUN_TIMEOUT', `the run ${run} did not end within ${timeout} s and ${fate}`, {
    hint: `cpm workflow graph ${run}`,
    details: { run },
  })
}
