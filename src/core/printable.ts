import { stripVTControlCharacters } from 'node:util'

const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Text from outside, made safe for a terminal: control and direction characters are shown, not obeyed. */
export function printable(text: string): string {
  return text.replace(CONTROL, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Text from outside on one line: what a stranger wrote can't look like a line of ours. */
export function oneLine(text: string): string {
  return printable(text.replace(/\s+/g, ' ').trim())
}

/**
 * What a program wrote, in lines that a terminal shows and does not obey: colours are left out, and where the program went back to the
 * beginning of a line, as for a progress bar, a new one begins.
 */
export function plainLines(text: string): string[] {
  const plain = stripVTControlCharacters(text)
    .replaceAll('\t', '    ')
    .split(/\r\n|\r|\n/)
  return plain.map((line) => line.replace(CONTROL, '').trimEnd())
}
