import { placeIn, type TextFault } from './text.ts'

/**
 * Where git left both sides of a conflict in a text. A parser would complain of the first marker in words that help nobody; in
 * some texts the markers are even values.
 */
export function findConflict(text: string): TextFault | undefined {
  const begin = /^<{7}(?: .*)?\r?$/m.exec(text)
  if (!begin || !/^={7}\r?$/m.test(text) || !/^>{7}(?: .*)?\r?$/m.test(text)) return undefined
  return {
    ...placeIn(text.slice(0, begin.index)),
    message: 'a conflict of git begins here: keep what is right of both sides and remove the lines with its markers',
  }
}
