import { z } from 'zod'
import type { LogEntry } from '../../../engines/engine.ts'
import { logLines } from '../../../operations/runs/follow-run.ts'
import { readLogs } from '../../../operations/runs/read-logs.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { run as runOption } from '../../shell/options.ts'

export default defineCommand({
  input: z.object({
    run: runOption,
    node: z.string().optional().meta({ description: 'show only the logs of this node', value: 'name' }),
    follow: z.boolean().default(false).meta({ description: 'keep printing until the run finishes' }),
  }),
  positionals: ['run'],
  examples: [
    ['Show the logs of the newest run', 'cpm workflow logs'],
    ['Follow the logs of one node', 'cpm workflow logs --node index --follow'],
  ],
  run: async (session, options) => {
    const { run, entries } = await readLogs(session, options)
    const collected: LogEntry[] = []
    for await (const entry of entries) {
      if (!session.screen) collected.push(entry)
      else {
        const lines = logLines(entry, options.node === undefined)
        if (!(await session.screen.write(lines.map((line) => `${line}\n`).join('')))) break
      }
    }
    return { run, entries: collected }
  },
  // `run` has already written everything.
  views: { human: () => '' },
})
