import fs from 'node:fs'
import path from 'node:path'
import { readHead, type ScriptLine, scriptLine } from '../../package/script-line.ts'

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
  const line = lineOf(file)
  if (!line) return undefined
  if (line.hasByteOrderMark) return 'a byte order mark precedes #! in its first line'
  const { interpreter, argument } = line
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

function lineOf(file: string): ScriptLine | undefined {
  try {
    return scriptLine(readHead(file))
  } catch {
    // A program that may be started need not be readable.
    return undefined
  }
}
