import { z } from 'zod'
import { defineCommand } from '../../shell/define-command.ts'
import { run as runOption } from '../../shell/options.ts'
import { readRun, warnOfOld } from '../../../operations/runs/read-run.ts'
import { openRuns } from '../../../operations/runs/runs.ts'
import { isOver, type RunSnapshot } from '../../../engines/runs/snapshot.ts'
import { runTitle } from '../../views/run.ts'
import { graphLine, graphRows } from '../../views/run-graph.ts'

export default defineCommand({
  input: z.object({ run: runOption }),
  positionals: ['run'],
  examples: [
    ['Watch the newest run', 'cpm workflow graph'],
    ['Draw its current state only', 'cpm workflow graph | cat'],
  ],
  run: async (session, { run }) => {
    const { screen, signal } = session
    const runs = await openRuns(session)
    const record = runs.records.find(run)
    const read = await readRun(session, runs, record)
    warnOfOld(session, [read])
    const { snapshot: now, engine } = read
    if (screen?.stream.isTTY !== true || isOver(now) || !engine) return { ...now, isOld: !engine }
    const { drawLive } = await import('../../views/live-graph.ts')
    let last = now
    const follow = async (draw: (snapshot: RunSnapshot) => void) => {
      const onChange = (snapshot: RunSnapshot) => {
        last = snapshot
        draw(snapshot)
      }
      return await engine.watch(record.run, { signal, onChange })
    }
    const ended = await drawLive(now, screen, follow).catch((error: unknown) => {
      // Ctrl-C while watching is not a failure: prints the last state.
      if (signal.aborted) return last
      throw error
    })
    return { ...ended, isOld: false }
  },
  views: {
    human: (snapshot, style) =>
      [runTitle(snapshot, style), ...graphRows(snapshot.nodes).map((row) => graphLine(row, style, Date.now()))].join(
        '\n',
      ),
  },
})
