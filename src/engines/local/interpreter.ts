import fs from 'node:fs'
import path from 'node:path'

/** Linux reads no more of the first line. */
const MOST_BYTES = 256

/**
 * Returns why the interpreter in a file's first line (#!) can't start, or undefined if nothing is known to be wrong.
 * @param searchPath the PATH that `/usr/bin/env` searches, if it is known
 * @param find finds a program on it
 */
export function interpreterProblem(
  file: string,
  searchPath: string | undefined,
  find: (word: string, searchPath: string) => { file: string } | { problem: string },
): string | undefined {
  if (process.platform === 'win32') return undefined
  const line = firstLine(file)
  // The arguments come after the interpreter. A carriage return belongs to its name.
  const [, interpreter, argument = ''] = /^#![ \t]*(\/[^ \t]*)[ \t]*(.*)$/s.exec(line ?? '') ?? []
  if (interpreter === undefined) return undefined
  if (!fs.existsSync(interpreter)) return `the interpreter ${shown(interpreter)} in its first line (#!) does not exist`
  if (path.basename(interpreter) !== 'env' || searchPath === undefined) return undefined
  // A relative entry depends on the working folder of the node.
  if (searchPath.split(path.delimiter).some((entry) => !path.isAbsolute(entry))) return undefined
  const word = /^(?:-S[ \t]*)?([A-Za-z0-9_][A-Za-z0-9_.+-]*)(?:[ \t\r]|$)/.exec(argument)?.[1]
  if (word === undefined || 'file' in find(word, searchPath)) return undefined
  return `the interpreter ${word} in its first line (#!) is not on your PATH`
}

/** Shows the carriage return of a file from Windows, which would move the cursor. */
function shown(text: string): string {
  return text.replaceAll('\r', '\\r')
}

/** Returns the first line of a file, or undefined if it can't be read or the line is too long. */
function firstLine(file: string): string | undefined {
  try {
    const opened = fs.openSync(file, 'r')
    try {
      const bytes = Buffer.alloc(MOST_BYTES)
      const text = bytes.toString('utf8', 0, fs.readSync(opened, bytes, 0, MOST_BYTES, 0))
      const end = text.indexOf('\n')
      if (end < 0 && text.length >= MOST_BYTES) return undefined
      return end < 0 ? text : text.slice(0, end)
    } finally {
      fs.closeSync(opened)
    }
  } catch {
    return undefined
  }
}
