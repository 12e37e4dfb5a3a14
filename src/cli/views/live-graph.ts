import { Box, render, Text, useStdout } from 'ink'
import { createElement, type ReactElement, useEffect, useState } from 'react'
import type { RunSnapshot } from '../../engines/runs/snapshot.ts'
import type { Screen } from '../shell/command-session.ts'
import type { Style } from '../terminal/style.ts'
import { runTitle } from './run.ts'
import { fitRows, graphLine, graphRows } from './run-graph.ts'

/** lines for the title, the note about Ctrl-C, and the cursor */
const OTHER_LINES = 3
const SECOND = 1000

/**
 * Draws a run live until `follow` returns, then clears the drawing. Only this module loads ink and react, so commands
 * import it only when they draw.
 */
export async function drawLive(
  first: RunSnapshot,
  { stream, style }: Pick<Screen, 'stream' | 'style'>,
  follow: (onChange: (snapshot: RunSnapshot) => void) => Promise<RunSnapshot>,
): Promise<RunSnapshot> {
  const drawing = render(createElement(LiveGraph, { snapshot: first, style }), {
    stdout: stream,
    exitOnCtrlC: false,
    patchConsole: false,
  })
  try {
    return await follow((snapshot) => {
      drawing.rerender(createElement(LiveGraph, { snapshot, style }))
    })
  } finally {
    drawing.clear()
    drawing.unmount()
    await drawing.waitUntilExit()
  }
}

function LiveGraph({ snapshot, style }: { snapshot: RunSnapshot; style: Style }): ReactElement {
  const { stdout } = useStdout()
  const now = useClock()
  const rows = fitRows(graphRows(snapshot.nodes), Math.max(1, stdout.rows - OTHER_LINES))
  const lines = [
    runTitle(snapshot, style),
    ...rows.map((row) => graphLine(row, style, now)),
    style('dim', 'Ctrl-C stops watching; the run continues'),
  ]
  // Truncates instead of wrapping, so that each line takes one line of the terminal.
  const texts = lines.map((line, index) => createElement(Text, { key: index, wrap: 'truncate-end' }, line))
  return createElement(Box, { flexDirection: 'column' }, ...texts)
}

/** Returns the current time, updated every second. */
function useClock(): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now())
    }, SECOND)
    return () => {
      clearInterval(timer)
    }
  }, [])
  return now
}
