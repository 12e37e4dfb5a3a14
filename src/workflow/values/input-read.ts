import { didYouMean } from '../../core/did-you-mean.ts'
import type { Path } from '../../core/yaml.ts'
import { isMap } from './fit-value.ts'
import type { ValuesProblem } from './given-values.ts'
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

/** The path of `inputs.datasets[].name`, as expressions tell what they read. */
export function pathOfRead(text: string): Path {
  return [...text.matchAll(/\[\]|[^.[\]]+/g)].map(([step]) => step).slice(1)
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
 * Values that the user gave and that no expression reads: usually a slip, since nothing comes of them. What the package's own files
 * hold is not the user's matter.
 */
export function neverRead({ layers, given }: ResolvedInputs, reads: readonly InputRead[]): ValuesProblem[] {
  const known = [...new Set(reads.map(({ path }) => formatPath([...given.prefix, ...path])))]
  return layers.filter(isOfUser).flatMap((layer) =>
    leavesOf(layer.data)
      .filter((path) => !reads.some((read) => covers(read.path, path) || covers(path, read.path)))
      .map((path) => {
        const name = formatPath([...given.prefix, ...path])
        return problemAt(layer.origin(path), `nothing reads ${name}${didYouMean(name, known)}`)
      }),
  )
}

function isOfUser({ kind }: Layer): boolean {
  return kind === 'file' || kind === 'option' || kind === 'answer'
}

/** The paths of everything in a layer that is no map; a list counts as one thing. */
function leavesOf(data: unknown, at: Path = []): Path[] {
  if (!isMap(data)) return [at]
  return Object.keys(data).flatMap((key) => leavesOf(data[key], [...at, key]))
}
