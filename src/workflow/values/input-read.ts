import { didYouMean } from '../../core/did-you-mean.ts'
import type { Path } from '../../core/yaml.ts'
import { isMap } from './fit-value.ts'
import type { ValuesProblem } from './value-overrides.ts'
import { problemAt, type ResolvedInputs } from './inputs.ts'
import type { Layer } from './layer.ts'
import { formatPath } from './shape.ts'

/** An expression that reads an input, and its place. In its path, `[]` stands for the items of a list. */
export interface InputRead {
  readonly path: Path
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Strings, names, numbers and single other characters. Runs in one pass, even on hostile text. */
const TOKEN = /"(?:[^"\\]|\\[^])*"?|'(?:[^'\\]|\\[^])*'?|\w+|[^\s\w]/g

/**
 * Returns the inputs that an expression names, with their offsets. Naming an input reads everything below it. This
 * does not use the parser, so that it also works on expressions with errors.
 */
export function inputsIn(expression: string): { path: Path; offset: number }[] {
  const tokens = [...expression.matchAll(TOKEN)]
  const text = (at: number) => tokens[at]?.[0] ?? ''
  return tokens.flatMap(({ index }, at) => {
    const isRead = text(at) === 'inputs' && text(at - 1) !== '.'
    return isRead ? [{ path: stepsFrom(text, at + 1), offset: index }] : []
  })
}

/** Returns the fields and items that follow a name. A name that is called is a function, not a field. */
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

/** Whether reading one path reads all of another: they are equal, or the first is above the second. */
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
 * Reports the values a user passes that no expression reads. They have no effect, so they are usually mistakes.
 * Values in the files of packages are not the user's concern.
 */
export function neverRead({ layers, overrides }: ResolvedInputs, reads: readonly InputRead[]): ValuesProblem[] {
  const known = [...new Set(reads.map(({ path }) => formatPath([...overrides.prefix, ...path])))]
  return layers.filter(isOfUser).flatMap((layer) =>
    leavesOf(layer.data)
      .filter((path) => !reads.some((read) => covers(read.path, path) || covers(path, read.path)))
      .map((path) => {
        const name = formatPath([...overrides.prefix, ...path])
        return problemAt(layer.origin(path), `no expression reads ${name}${didYouMean(name, known)}`)
      }),
  )
}

function isOfUser({ kind }: Layer): boolean {
  return kind === 'project' || kind === 'file' || kind === 'option'
}

/** Returns the paths of all values in a layer that are not maps. A list counts as one value. */
function leavesOf(data: unknown, at: Path = []): Path[] {
  if (!isMap(data)) return [at]
  return Object.keys(data).flatMap((key) => leavesOf(data[key], [...at, key]))
}
