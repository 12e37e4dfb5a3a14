import { z } from 'zod'
import { CpmError } from '../../../core/errors.ts'
import type { Engine } from '../../../engines/engine.ts'
import { localFunctions } from '../../../engines/local/local-functions.ts'
import { newRunId } from '../../../workflow/run-id.ts'
import { planRetry } from '../../../engines/runs/retry.ts'
import { isOver } from '../../../engines/runs/snapshot.ts'
import type { Session } from '../../../operations/session.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { submitAndFollow } from '../../../operations/runs/follow-run.ts'
import { run as runOption, runTimeout } from '../../shell/options.ts'
import { packageOfRun, whatToSubmit } from '../../../operations/runs/package-of-run.ts'
import { proveIncluded } from '../../../operations/packages/proven-package.ts'
import { openRuns } from '../../../operations/runs/runs.ts'
import { localSecrets } from '../../../operations/packages/given-values.ts'
import { runTitle } from '../../views/run.ts'

export default defineCommand({
  input: z.object({
    run: runOption,
    timeout: runTimeout,
    logs: z.boolean().default(false).meta({ description: 'show what the nodes write meanwhile' }),
  }),
  positionals: ['run'],
  examples: [['Run again what failed of the newest run', 'cpm workflow retry']],
  run: async (context, { run, ...options }) => {
    const { signal } = context
    const runs = await openRuns(context)
    const record = runs.records.find(run)
    const engine = await runs.engineOf(record)
    const earlier = await engine.read(record.run, { signal })
    if (!isOver(earlier))
      throw new CpmError('RUN_ACTIVE', `the run ${record.run} is not over`, { hint: `cpm workflow wait ${record.run}` })
    if (earlier.state === 'successful')
      throw new CpmError('USAGE', `the run ${record.run} was successful: there is nothing to run again`, {
        hint: `cpm submit ${whatToSubmit(record)} runs all of it once more`,
      })
    const spec = runs.records.spec(record.run)
    // A colony has all that it runs; a machine runs programs of the package.
    const found = engine.runsHere ? await packageOfRun(context, record) : undefined
    if (found) await proveIncluded(context, found, record.source.packages)
    const { root, tree } = found ?? record.source
    const again = begun(context, engine, record.run) ?? newRunId()
    const secrets = await localSecrets(context, again)
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
    return await submitAndFollow(context, engine, prepared, options)
  },
  views: { human: (snapshot, style) => runTitle(snapshot, style) },
})

/** The retry of this run that a killed command began and told nobody of. */
function begun({ emit }: Session, engine: Engine, run: string): string | undefined {
  const earlier = engine.untold?.().find(({ retryOf }) => retryOf === run)
  if (earlier)
    emit({
      type: 'warning',
      code: 'RUN_CONTINUED',
      message: `going on with the run ${earlier.run}, which a command began at ${earlier.submittedAt} and did not finish`,
    })
  return earlier?.run
}
