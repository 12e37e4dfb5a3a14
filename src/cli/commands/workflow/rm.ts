import { z } from 'zod'
import { CpmError } from '../../../core/errors.ts'
import { defineCommand } from '../../shell/define-command.ts'
import type { RunRecord, RunRecords } from '../../../engines/runs/run-records.ts'
import { ENGINES } from '../../../operations/runs/engines.ts'
import { openRuns, type Runs } from '../../../operations/runs/runs.ts'
import { count } from '../../../core/amounts.ts'

export default defineCommand({
  input: z.object({
    runs: z.array(z.string()).min(1).meta({ description: 'runs, by id or its beginning', value: 'run' }),
    recordOnly: z
      .boolean()
      .default(false)
      .describe('forget what this machine knows of runs in colonies, and ask no colony; what is there stays'),
  }),
  positionals: ['runs'],
  examples: [
    ['Forget a run', 'cpm workflow rm 20260314-1'],
    ['Forget a run whose colony is gone', 'cpm workflow rm 20260314-1 --record-only'],
  ],
  run: async (context, { runs: wanted, recordOnly }) => {
    const runs = await openRuns(context)
    const removed: string[] = []
    for (const one of wanted) removed.push(await remove(runs, one, { recordOnly, signal: context.signal }))
    return { removed, recordOnly }
  },
  views: {
    human: ({ removed, recordOnly }) =>
      recordOnly
        ? `forgot ${count(removed.length, 'run')}; what colonies have of ${removed.length === 1 ? 'it' : 'them'} is still there`
        : `removed ${count(removed.length, 'run')}`,
  },
})

/** What is said of a record that is damaged, or that is no file. */
const DAMAGED: readonly string[] = ['RUN_INVALID', 'FILE_UNREADABLE']

interface Removal {
  recordOnly: boolean
  signal: AbortSignal
}

async function remove(runs: Runs, wanted: string, removal: Removal): Promise<string> {
  const { records } = runs
  const run = records.idOf(wanted)
  const record = readable(records, run)
  // Of a damaged record nobody can say where it ran: it is forgotten here.
  if (!record || (removal.recordOnly && ENGINES[record.engine].lastSeen)) records.remove(run)
  else await removeWhereItRan(runs, record, removal.signal)
  return run
}

function readable(records: RunRecords, run: string): RunRecord | undefined {
  try {
    return records.read(run)
  } catch (error) {
    if (error instanceof CpmError && DAMAGED.includes(error.code)) return undefined
    throw error
  }
}

async function removeWhereItRan(runs: Runs, record: RunRecord, signal: AbortSignal): Promise<void> {
  try {
    await (await runs.engineOf(record)).remove(record.run, { signal })
  } catch (error) {
    if (!(error instanceof CpmError) || !record.colony || error.code === 'RUN_ACTIVE' || signal.aborted) throw error
    const { code, message, details } = error
    const hint = `where that can’t be mended: cpm workflow rm ${record.run} --record-only`
    throw new CpmError(code, message, { hint, details, cause: error })
  }
}
