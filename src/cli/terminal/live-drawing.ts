import { render, Text, useStdout, Box } from 'ink'
import { createElement, type ReactElement, useEffect, useState } from 'react'
import { ReflowingTerminal } from './reflowing-terminal.ts'

/** What a drawing has to know to draw its lines. */
export interface Frame {
  /** the columns and lines that it may use */
  readonly columns: number
  readonly rows: number
  /** milliseconds since 1970 */
  readonly now: number
}

export interface Drawing {
  /** Draws again, soon: at most ten times a second. */
  update(): void
  /** Writes lines above the drawing, which stay. */
  print(text: string): void
  /** Clears the drawing, and shows the cursor again. */
  close(): Promise<void>
}

const MOST_FRAMES_PER_SECOND = 10
const SECOND = 1000

/** lines that are never used: the terminal needs one for the cursor */
const SPARE_ROWS = 2

/**
 * Draws lines at the bottom of a terminal, and again when they change, each second, and when the terminal is resized.
 * Only this module loads ink and react, so it is imported only when something is drawn.
 */
export function openDrawing(stream: NodeJS.WriteStream, linesOf: (frame: Frame) => readonly string[]): Drawing {
  const terminal = new ReflowingTerminal(stream)
  const element = () => createElement(Lines, { linesOf })
  const drawing = render(element(), {
    // ink uses only what a ReflowingTerminal has.
    stdout: terminal as unknown as NodeJS.WriteStream,
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: MOST_FRAMES_PER_SECOND,
  })
  let isClosed = false
  return {
    update: () => {
      if (!isClosed) drawing.rerender(element())
    },
    print: (text) => {
      if (isClosed) stream.write(text)
      else terminal.printAbove(text)
    },
    close: async () => {
      if (isClosed) return
      isClosed = true
      drawing.unmount()
      await drawing.waitUntilExit()
      terminal.end()
    },
  }
}

function Lines({ linesOf }: { linesOf: (frame: Frame) => readonly string[] }): ReactElement {
  const { stdout } = useStdout()
  const now = useClock()
  const { columns, rows } = stdout
  const lines = linesOf({ columns, rows: Math.max(1, rows - SPARE_ROWS), now })
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
