import { didYouMean } from '../../core/did-you-mean.ts'
import type { Path } from '../../core/yaml.ts'
import { isMap } from './fit-value.ts'
import type { ValuesProblem } from './value-overrides.ts'
import { problemAt, type ResolvedInputs } from './inputs.ts'
import type { Layer } from './layer.ts'
import { formatPath } from './shape.ts'

/** One expression that reads an input, and where it stands. Items of lists are `[]` in its path. */
export interface InputRead {
  readonly path: Path
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Texts, names and numbers, and every other sign alone; each is found in one pass, however hostile the text. */
const TOKEN = /"(?:[^"\\]|\\[^])*"?|'(?:[^'\\]|\\[^])*'?|\w+|[^\s\w]/g

/**
 * The inputs that an expression names, with the place of each in it: as far down as it names them, which reads all that is below. The
 * language's parser is not asked: what is read is told even where something else is wrong.
 */
export function inputsIn(expression: string): { path: Path; offset: number }[] {
  const tokens = [...expression.matchAll(TOKEN)]
  const text = (at: number) => tokens[at]?.[0] ?? ''
  return tokens.flatMap(({ index }, at) => {
    const isRead = text(at) === 'inputs' && text(at - 1) !== '.'
    return isRead ? [{ path: stepsFrom(text, at + 1), offset: index }] : []
  })
}

/** The fields and items that follow a name; a name that is called is a function, and no field. */
function stepsFrom(text: (at: number) => string, start: number): Path {
  const path: string[] = []
  for (let at = start; ;) {
    if (text(at) === '.') {
      const name = at + (text(at + 1) === '?' ? 2 : 1)
      if (!/^[A-Za-z_]/.test(text(name)) || text(name + 1) === '(') return path
      path.push(text(name))
      at = name + 1
    } else if (text(at) === '[' && text(at + 2) === ']') {
      const key = text(at + 1)
      const isText = /^["']/.test(key)
      if (!isText && !/^\d+$/.test(key)) return path
      path.push(isText ? key.slice(1, -1) : '[]')
      at += 3
    } else return path
  }
}

/** Whether who reads a path reads all of another: it is the same, or above it. */
export function covers(read: Path, path: Path): boolean {
  return (
    read.length <= path.length &&
    read.every(
      (step, i) =>
        step === path[i] ||
        (step === '[]' && typeof path[i] === 'number') ||
        (path[i] === '[]' && typeof step === 'number'),
    )
  )
}

/**
 * Values that the user gave and that no expression reads: usually a slip, since nothing comes of them. What packages' own files
 * hold is not the user's matter.
 */
export function neverRead({ layers, overrides }: ResolvedInputs, reads: readonly InputRead[]): ValuesProblem[] {
  const known = [...new Set(reads.map(({ path }) => formatPath([...overrides.prefix, ...path])))]
  return layers.filter(isOfUser).flatMap((layer) =>
    leavesOf(layer.data)
      .filter((path) => !reads.some((read) => covers(read.path, path) || covers(path, read.path)))
      .map((path) => {
        const name = formatPath([...overrides.prefix, ...path])
        return problemAt(layer.origin(path), `nothing reads ${name}${didYouMean(name, known)}`)
      }),
  )
}

function isOfUser({ kind }: Layer): boolean {
  return kind === 'project' || kind === 'file' || kind === 'option'
}

/** The paths of everything in a layer that is no map; a list counts as one thing. */
function leavesOf(data: unknown, at: Path = []): Path[] {
  if (!isMap(data)) return [at]
  return Object.keys(data).flatMap((key) => leavesOf(data[key], [...at, key]))
}
