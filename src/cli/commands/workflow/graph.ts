import { z } from 'zod'
import { defineCommand } from '../../shell/define-command.ts'
import { run as runOption } from '../../shell/options.ts'
import { readRun, warnOfOld } from '../../../operations/runs/read-run.ts'
import { openRuns } from '../../../operations/runs/runs.ts'
import { isOver, type RunSnapshot } from '../../../engines/runs/snapshot.ts'
import type { Frame } from '../../terminal/live-drawing.ts'
import { fitRows, graphLine, graphRows } from '../../terminal/run-graph.ts'
import { runTitle } from '../../terminal/run-lines.ts'
import type { Style } from '../../terminal/style.ts'

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
    let last = now
    const { openDrawing } = await import('../../terminal/live-drawing.ts')
    const drawing = openDrawing(screen.stream, (frame) => liveLines(last, screen.style, frame))
    const onChange = (snapshot: RunSnapshot) => {
      last = snapshot
      drawing.update()
    }
    const ended = await engine
      .watch(record.run, { signal, onChange })
      .catch((error: unknown) => {
        // Ctrl-C while watching is not a failure: prints the last state.
        if (signal.aborted) return last
        throw error
      })
      .finally(() => drawing.close())
    return { ...ended, isOld: false }
  },
  views: {
    human: (snapshot, style) =>
      [runTitle(snapshot, style), ...graphRows(snapshot.nodes).map((row) => graphLine(row, style, Date.now()))].join(
        '\n',
      ),
  },
})

/** lines for the title and the note about Ctrl-C */
const OTHER_LINES = 2

function liveLines(snapshot: RunSnapshot, style: Style, { rows, now }: Frame): string[] {
  const graph = fitRows(graphRows(snapshot.nodes), Math.max(1, rows - OTHER_LINES))
  const note = style('dim', 'Ctrl-C stops watching; the run continues')
  return [runTitle(snapshot, style), ...graph.map((row) => graphLine(row, style, now)), note]
}
