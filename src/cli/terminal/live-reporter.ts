import type { CpmEvent } from '../../schema/events.ts'
import type { Drawing } from './live-drawing.ts'
import { Progress } from './progress.ts'
import type { Reporter } from './reporter.ts'
import type { Style } from './style.ts'

/** Most commands end sooner. Then nothing is drawn and ink, which takes a quarter of a second, is not loaded. */
const DRAWN_AFTER = 500

interface LiveParts {
  readonly stream: NodeJS.WriteStream
  readonly style: Style
  /** returns the lines for an event that stays on the screen */
  readonly describe: (event: CpmEvent) => string | undefined
}

/**
 * Draws the progress of a command at the bottom of the terminal while it works, and prints news above. What is drawn
 * is gone when the command ends: its result says the same in short.
 */
export class LiveReporter implements Reporter {
  readonly #parts: LiveParts
  readonly #progress = new Progress()
  #timer: NodeJS.Timeout | undefined
  #drawing: Drawing | undefined
  /** whether a prompt has the terminal, or the command has ended */
  #isHeld = false

  constructor(parts: LiveParts) {
    this.#parts = parts
  }

  readonly emit = (event: CpmEvent): void => {
    if (this.#progress.take(event, Date.now())) {
      if (this.#drawing) this.#drawing.update()
      else this.#drawSoon()
      return
    }
    const line = this.#parts.describe(event)
    if (line === undefined) return
    if (this.#drawing) this.#drawing.print(`${line}\n`)
    else this.#parts.stream.write(`${line}\n`)
  }

  async aside<T>(work: () => Promise<T>): Promise<T> {
    await this.end()
    try {
      return await work()
    } finally {
      this.#isHeld = false
    }
  }

  async end(): Promise<void> {
    this.#isHeld = true
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#drawing?.close()
    this.#drawing = undefined
  }

  #drawSoon(): void {
    if (this.#isHeld || this.#timer) return
    this.#timer = setTimeout(() => {
      // A command must not fail because it can't draw.
      this.#open().catch(() => undefined)
    }, DRAWN_AFTER).unref()
  }

  async #open(): Promise<void> {
    const { openDrawing } = await import('./live-drawing.ts')
    // The command may have ended meanwhile.
    if (this.#isHeld || this.#drawing) return
    const { stream, style } = this.#parts
    this.#drawing = openDrawing(stream, (frame) => this.#progress.lines(style, frame))
  }
}
