import fs from 'node:fs'
import path from 'node:path'
import type { CpmError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import { decodeText } from '../../core/text.ts'
import { readUserFile } from '../../core/user-files.ts'
import { type Problem, problemText, type Spot } from '../../core/problem.ts'

const MOST_FRAMES = 3
const CONTEXT = 2
const NARROWEST = 20

/** Files that a package publishes, which contain no secrets. Values may, so only their keys are shown. */
const SHOWN = /(?:^|[/\\])(?:colony\.(?:yaml|lock)$|(?:workflows|tests)[/\\])/
const VALUES = /\.(?:ya?ml|json)$/

/** Returns an error's message, with the source lines of its first problems. */
export function messageWithFrames({ message, details }: CpmError, width: number): string {
  const { root, folder, problems } = details as { root?: string; folder?: string; problems?: readonly Problem[] }
  const roots = [folder, root].filter((one) => one !== undefined)
  if (roots.length === 0 || !problems) return message
  const frames = new Map(
    problems
      .filter(({ file }: Partial<Problem>) => file !== undefined) // options have no lines
      .slice(0, MOST_FRAMES)
      .map((problem) => [
        problemText(problem).split('\n')[0] ?? '',
        frameOf(roots, problem, { width, around: CONTEXT }),
      ]),
  )
  return message
    .split('\n')
    .flatMap((line) => [line, ...(frames.get(line.trimStart()) ?? [])])
    .join('\n')
}

const USUAL_WIDTH = 100

/** Returns the source lines of a warning; none if it has no place. */
export function frameOfWarning(place: (Spot & { root: string }) | undefined): string[] {
  return place ? frameOf([place.root], place, { width: USUAL_WIDTH, around: 0 }) : []
}

interface FrameOptions {
  width: number
  /** lines shown before and after the one with the problem */
  around: number
}

function frameOf(roots: readonly string[], spot: Spot, { width, around }: FrameOptions): string[] {
  const lines = linesAt(roots, spot.file)
  const { line, column } = inText(spot, lines)
  if (line > lines.length) return []
  const first = Math.max(1, line - around)
  const last = Math.min(lines.length, line + around)
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

/** Moves a place at the end of a file, where something is missing, to the end of its last line. */
function inText({ line, column }: Spot, lines: readonly string[]): Pick<Spot, 'line' | 'column'> {
  const last = lines.at(-1)
  return last !== undefined && line === lines.length + 1
    ? { line: lines.length, column: last.length + 1 }
    : { line, column }
}

/** Returns the lines of a file, without values if it may contain secrets; none if it is unclear which file it is. */
function linesAt(roots: readonly string[], file: string): string[] {
  const places = new Set(roots.map((root) => path.resolve(root, file)).filter((place) => fs.existsSync(place)))
  const [place] = places
  if (place === undefined || places.size > 1) return []
  if (SHOWN.test(file)) return linesOf(place)
  return VALUES.test(file) ? linesOf(place).map(withoutValues) : []
}

const KEY = /^(?:[ -]*(?:[A-Za-z_][\w.-]*|"[A-Za-z_][\w.-]*"):(?= |$))?/

/** Replaces everything but the key at the beginning of a line. */
function withoutValues(line: string): string {
  const key = KEY.exec(line)?.[0] ?? ''
  return key + line.slice(key.length).replaceAll(/\S/g, '*')
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
