import { Box, render, Text, useStdout } from 'ink'
import { createElement, type ReactElement, useEffect, useState } from 'react'
import type { RunSnapshot } from '../../engines/runs/snapshot.ts'
import type { Screen } from '../shell/command-session.ts'
import type { Style } from '../terminal/style.ts'
import { runTitle } from './run.ts'
import { fitRows, graphLine, graphRows } from './run-graph.ts'

/** the title, what can be typed, and a line of air */
const OTHER_LINES = 3
const SECOND = 1000

/**
 * Draws a run while it runs, until `follow` is done with it; then the drawing goes away. This is the only module that loads ink and react:
 * a command imports it when it is going to draw.
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
    style('dim', 'Ctrl-C stops watching; the run goes on'),
  ]
  // Cut, not wrapped: a line of the drawing is a line of the terminal.
  const texts = lines.map((line, index) => createElement(Text, { key: index, wrap: 'truncate-end' }, line))
  return createElement(Box, { flexDirection: 'column' }, ...texts)
}

/** The time, told anew every second. */
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
