import { CpmError } from '../../core/errors.ts'
import type { Engine } from '../../engines/engine.ts'
import { localFunctions } from '../../engines/local/local-functions.ts'
import { planRetry } from '../../engines/runs/retry.ts'
import { isOver, type RunSnapshot } from '../../engines/runs/snapshot.ts'
import { newRunId } from '../../workflow/run-id.ts'
import { withPlaceForRuns } from '../lent-home.ts'
import { localSecrets } from '../packages/value-overrides.ts'
import { proveIncluded } from '../packages/proven-package.ts'
import type { Session } from '../session.ts'
import { submitAndFollow } from './follow-run.ts'
import { packageOfRun, tellNewsOfRetry, whatToSubmit } from './package-of-run.ts'
import { openRuns } from './runs.ts'
import type { WaitOptions } from './wait-for-run.ts'

/**
 * Reruns the failed nodes of a run and everything that depends on them, as a new run, and waits for its end.
 * @throws CpmError RUN_ACTIVE if the run is not over; USAGE if it was successful; RUN_FAILED, RUN_TIMEOUT
 */
export async function retryRun(session: Session, { run, ...options }: WaitOptions = {}): Promise<RunSnapshot> {
  const { signal } = session
  const runs = await openRuns(session)
  const record = runs.records.find(run)
  const engine = await runs.engineOf(record)
  const earlier = await engine.read(record.run, { signal })
  if (!isOver(earlier))
    throw new CpmError('RUN_ACTIVE', `the run ${record.run} is still running`, {
      hint: `cpm workflow wait ${record.run}`,
    })
  if (earlier.state === 'successful')
    throw new CpmError('USAGE', `the run ${record.run} was successful, so there is nothing to rerun`, {
      hint: `cpm submit ${whatToSubmit(record)}`,
    })
  const spec = runs.records.spec(record.run)
  // A colony has its own programs; the local engine needs those of the package.
  const found = engine.runsHere ? await packageOfRun(session, record) : undefined
  if (found) await proveIncluded(session, found, record.source.packages)
  await tellNewsOfRetry(session, record)
  const { root, tree } = found ?? record.source
  const again = interruptedRetry(session, engine, record.run) ?? newRunId()
  // Secrets must return to the paths that the earlier run used, so such a run can't be kept elsewhere.
  const isMovable = engine.runsHere && record.local?.secrets === undefined
  const place = isMovable ? await withPlaceForRuns(session) : session
  const secrets = await localSecrets(place, again)
  if (record.local?.secrets) secrets.again(record.local.secrets)
  secrets.place()
  const prepared = {
    run: again,
    package: record.package,
    workflow: record.workflow,
    spec,
    root,
    packages: record.source.packages,
    tree,
    functions: found ? localFunctions(root, found.manifest, record.source.packages) : [],
    done: planRetry(spec, earlier, engine),
    secrets: secrets.kept,
  }
  const target = place === session ? engine : await (await openRuns(place)).engine(record.engine)
  return await submitAndFollow(place, target, prepared, options)
}

/** Returns the retry of this run that a killed command started without reporting it. */
function interruptedRetry({ emit }: Session, engine: Engine, run: string): string | undefined {
  const earlier = engine.unacknowledged?.().find(({ retryOf }) => retryOf === run)
  if (earlier)
    emit({
      type: 'warning',
      code: 'RUN_CONTINUED',
      message: `continuing the run ${earlier.run}, which an interrupted command started at ${earlier.submittedAt}`,
    })
  return earlier?.run
}
