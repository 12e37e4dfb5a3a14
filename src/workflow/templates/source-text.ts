import type { Place } from './rendered.ts'

/** The text of a file, to convert offsets to lines and columns. */
export class SourceText {
  readonly #file: string
  readonly #text: string
  readonly #lineStarts: readonly number[]

  constructor(file: string, text: string) {
    this.#file = file
    this.#text = text
    const starts = [0]
    for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1)
    this.#lineStarts = starts
  }

  placeAt(offset: number): Place {
    let low = 0
    let high = this.#lineStarts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { file: this.#file, line: low + 1, column: offset - (this.#lineStarts[low] ?? 0) + 1 }
  }

  /** Finds `part` between two offsets; undefined if it is written differently there, because of quoting or folding. */
  find(part: string, from: number, to: number): number | undefined {
    const index = this.#text.slice(from, to).indexOf(part)
    return index < 0 ? undefined : from + index
  }
}
