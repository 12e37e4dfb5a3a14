import { stripVTControlCharacters } from 'node:util'

const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Makes untrusted text safe for a terminal: escapes control and direction characters. */
export function printable(text: string): string {
  return text.replace(CONTROL, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Makes untrusted text safe and puts it on one line, so that it can't imitate a line of cpm's output. */
export function oneLine(text: string): string {
  return printable(text.replace(/\s+/g, ' ').trim())
}

/**
 * Splits a program's output into lines that are safe for a terminal: removes colors, and starts a new line at each
 * carriage return, for example of a progress bar.
 */
export function plainLines(text: string): string[] {
  const plain = stripVTControlCharacters(text)
    .replaceAll('\t', '    ')
    .split(/\r\n|\r|\n/)
  return plain.map((line) => line.replace(CONTROL, '').trimEnd())
}
