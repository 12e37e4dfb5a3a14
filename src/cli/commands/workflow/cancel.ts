import { z } from 'zod'
import { isOver } from '../../../engines/runs/snapshot.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { runTimeout, theRun } from '../../shell/options.ts'
import { openRuns } from '../../../operations/runs/runs.ts'
import { CpmError } from '../../../core/errors.ts'
import { runTitle } from '../../views/run.ts'

/** A run whose process does not answer, as one that is stopped, is not waited for for ever. */
const PATIENCE = 60

export default defineCommand({
  name: 'workflow cancel',
  summary: 'End what runs of a run, and keep the rest from starting',
  input: z.object({ run: theRun, timeout: runTimeout }),
  positionals: ['run'],
  examples: [['End a run', 'cpm workflow cancel 20260314-1']],
  run: async (context, { run, timeout = PATIENCE }) => {
    const runs = await openRuns(context)
    const record = runs.records.find(run)
    const engine = await runs.engineOf(record)
    const { signal } = context
    const before = await engine.read(record.run, { signal })
    if (isOver(before)) return { cancelled: false, ...before }
    const deadline = AbortSignal.timeout(timeout * 1000)
    try {
      return { cancelled: true, ...(await engine.cancel(record.run, { signal: AbortSignal.any([signal, deadline]) })) }
    } catch (error) {
      if (!deadline.aborted || signal.aborted || error instanceof CpmError) throw error
      throw new CpmError('RUN_TIMEOUT', `the run ${record.run} was asked to end and had not ended after ${timeout} s`, {
        hint: `cpm workflow get ${record.run}`,
      })
    }
  },
  views: {
    human: ({ cancelled, ...snapshot }, style) =>
      `${runTitle(snapshot, style)}${cancelled ? '' : style('dim', ' (it was over already)')}`,
  },
})
