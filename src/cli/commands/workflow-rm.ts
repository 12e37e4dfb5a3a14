import { z } from 'zod'
import { CpmError } from '../../core/errors.ts'
import { defineCommand } from '../define-command.ts'
import { openRuns, type Runs } from '../runs.ts'
import { count } from '../style.ts'

export default defineCommand({
  name: 'workflow rm',
  summary: 'Forget runs that are over, with their logs and outputs',
  input: z.object({
    runs: z.array(z.string()).min(1).meta({ description: 'runs, by id or its beginning', value: 'run' }),
  }),
  positionals: ['runs'],
  examples: [['Forget a run', 'cpm workflow rm 20260314-1']],
  run: async (context, { runs: wanted }) => {
    const runs = await openRuns(context)
    const removed: string[] = []
    for (const one of wanted) removed.push(await remove(runs, one, context.signal))
    return { removed }
  },
  views: { human: ({ removed }) => `removed ${count(removed.length, 'run')}` },
})

/** What is said of a record that is damaged, or that is no file. */
const DAMAGED: readonly string[] = ['RUN_INVALID', 'FILE_UNREADABLE']

async function remove(runs: Runs, wanted: string, signal: AbortSignal): Promise<string> {
  const { records } = runs
  const run = records.idOf(wanted)
  try {
    const record = records.read(run)
    await (await runs.engineOf(record)).remove(run, { signal })
  } catch (error) {
    // Of a damaged record nobody can say where it ran: it is forgotten here.
    if (!(error instanceof CpmError) || !DAMAGED.includes(error.code)) throw error
    records.remove(run)
  }
  return run
}
