import { placeIn, type TextFault } from './text.ts'

/**
 * Finds git's conflict markers. A parser's complaint about the first marker would be of little help, and in some files
 * the markers are even valid values.
 */
export function findConflict(text: string): TextFault | undefined {
  const begin = /^<{7}(?: .*)?\r?$/m.exec(text)
  if (!begin || !/^={7}\r?$/m.test(text) || !/^>{7}(?: .*)?\r?$/m.test(text)) return undefined
  return conflictAt(text, begin.index)
}

/** Finds a marker that was left over from a conflict, in a text that can't be parsed. */
export function findLeftOverMarker(text: string): TextFault | undefined {
  const marker = /^[ \t]*(?<marker>[<>|])\k<marker>{6}(?: .*)?\r?$/m.exec(text)
  return marker ? conflictAt(text, marker.index) : undefined
}

function conflictAt(text: string, index: number): TextFault {
  return {
    ...placeIn(text.slice(0, index)),
    message: 'unresolved merge conflict: keep the correct lines and remove the conflict markers',
  }
}
