import { EventEmitter } from 'node:events'
import { stripVTControlCharacters } from 'node:util'
import { displayWidth } from '../../core/display-width.ts'

/** Clears the line with the cursor after moving up by one. */
const ERASE_LINE_ABOVE = '\x1b[1A\x1b[2K'
/** how ink ends the erasure of a drawing */
const ERASED = '\x1b[G'
const CLEAR_BELOW = '\x1b[J'

/**
 * A terminal for ink, which erases its last drawing by counting lines. When a terminal gets narrower, it wraps the
 * lines that no longer fit, so the drawing takes more lines than ink counts. This erases those first.
 */
export class ReflowingTerminal extends EventEmitter {
  readonly isTTY = true
  readonly #stream: NodeJS.WriteStream
  #drawn: readonly string[] = []
  #columns: number
  readonly #onResize = () => {
    const before = this.#columns
    this.#columns = this.columns
    if (this.#columns < before) this.#stream.write(ERASE_LINE_ABOVE.repeat(this.#wrapped()))
    this.emit('resize')
  }

  constructor(stream: NodeJS.WriteStream) {
    super()
    this.#stream = stream
    this.#columns = this.columns
    stream.on('resize', this.#onResize)
  }

  get columns(): number {
    return this.#stream.columns || 80
  }

  get rows(): number {
    return this.#stream.rows || 24
  }

  write(chunk: string): boolean {
    // ink erases a whole drawing and writes the next one at once; everything else that it writes is invisible.
    const end = chunk.lastIndexOf(ERASED)
    const drawing = end < 0 ? chunk : chunk.slice(end + ERASED.length)
    if (stripVTControlCharacters(drawing) !== '') this.#drawn = drawing.replace(/\n$/, '').split('\n')
    else if (end >= 0) this.#drawn = []
    return this.#stream.write(chunk)
  }

  /** Replaces the drawing by text that stays, and draws it again below. */
  printAbove(text: string): void {
    const below = this.#drawn.map((line) => `${line}\n`).join('')
    this.#stream.write(`${this.#erasure()}${text}${below}`)
  }

  /** Erases the last drawing, which ink would leave. */
  end(): void {
    this.#stream.write(this.#erasure())
    this.#stream.off('resize', this.#onResize)
  }

  #erasure(): string {
    return this.#drawn.length === 0 ? '' : `\x1b[${this.#drawn.length}A\r${CLEAR_BELOW}`
  }

  /** Returns how many lines of the terminal the drawing takes beyond its own lines. */
  #wrapped(): number {
    const extra = (line: string) => Math.max(0, Math.ceil(displayWidth(line) / this.#columns) - 1)
    return this.#drawn.reduce((sum, line) => sum + extra(line), 0)
  }
}
