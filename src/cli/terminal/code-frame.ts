import path from 'node:path'
import type { CpmError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import { decodeText } from '../../core/text.ts'
import { readUserFile } from '../../core/user-files.ts'
import { type Problem, problemText } from '../../core/yaml.ts'

const MOST_FRAMES = 3
/** lines shown before and after the one with the problem */
const CONTEXT = 2
const NARROWEST = 20

/**
 * Files that a package publishes, which contain no secrets. Values, settings and credentials may, so their lines are
 * never shown.
 */
const SHOWN = /(?:^|[/\\])(?:colony\.(?:yaml|lock)$|(?:workflows|tests)[/\\])/

/** Returns an error's message, with the source lines of its first problems. */
export function messageWithFrames({ message, details }: CpmError, width: number): string {
  const { root, problems } = details as { root?: string; problems?: readonly Problem[] }
  if (root === undefined || !problems) return message
  const frames = new Map(
    problems.slice(0, MOST_FRAMES).map((problem) => [problemText(problem), frameOf(root, problem, width)]),
  )
  return message
    .split('\n')
    .flatMap((line) => [line, ...(frames.get(line.replace(/^ {2}/, '')) ?? [])])
    .join('\n')
}

function frameOf(root: string, { file, line, column }: Problem, width: number): string[] {
  const lines = SHOWN.test(file) ? linesOf(path.resolve(root, file)) : []
  if (line > lines.length) return []
  const first = Math.max(1, line - CONTEXT)
  const last = Math.min(lines.length, line + CONTEXT)
  const digits = String(last).length
  const room = Math.max(NARROWEST, width - digits - 7)
  // Shows the part of a long line around the problem, and the same columns of its neighbors.
  const start = column > room ? column - Math.floor(room / 2) : 0
  const shown = lines.slice(first - 1, last).flatMap((text, index) => {
    const number = first + index
    const piece = printable(text.replaceAll('\t', ' ').slice(start, start + room))
    const frame = `  ${number === line ? '>' : ' '} ${String(number).padStart(digits)} | ${piece}`.trimEnd()
    return number === line ? [frame, `    ${' '.repeat(digits)} | ${' '.repeat(column - 1 - start)}^`] : [frame]
  })
  return shown
}

/** Returns the lines of a file, or none if it is no longer readable: the error itself says enough. */
function linesOf(file: string): string[] {
  try {
    const decoded = decodeText(readUserFile(file))
    return 'text' in decoded ? decoded.text.replace(/\n$/, '').split(/\r?\n/) : []
  } catch {
    return []
  }
}
