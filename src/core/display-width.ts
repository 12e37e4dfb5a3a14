import { stripVTControlCharacters } from 'node:util'

/** Characters that take two columns of a terminal: wide ones of East Asian scripts, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3ffff}]|\p{Emoji_Presentation}/u
/** Characters that take none: they combine with the one before. */
const NARROW = /[\p{Mn}\p{Me}\u200b-\u200d\ufe00-\ufe0f]/u

/** Returns how many columns of a terminal a line takes. Colors take none. */
export function displayWidth(text: string): number {
  // Most lines are ASCII.
  const plain = stripVTControlCharacters(text)
  if (/^[\x20-\x7e]*$/.test(plain)) return plain.length
  let width = 0
  for (const char of plain) width += NARROW.test(char) ? 0 : WIDE.test(char) ? 2 : 1
  return width
}

/** Shortens a plain line to a number of columns, with an ellipsis. */
export function shortened(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text
  let [shown, width] = ['', 0]
  for (const char of text) {
    width += displayWidth(char)
    if (width > columns - 1) break
    shown += char
  }
  return `${shown.trimEnd()}…`
}

/** Pads a line with spaces to a number of columns. */
export function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)))
}
