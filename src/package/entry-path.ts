import { isNameCodePoint } from './code-points.ts'

/** The path of a file in a package, `/` between its segments, checked by `entryPathProblem`. */
export type EntryPath = string & { readonly __brand: 'EntryPath' }

const MAX_SEGMENT_BYTES = 255
const MAX_PATH_BYTES = 1024
const FORBIDDEN = /[\\:<>|?*"]/
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])$/i
const PLAIN_ASCII = /^[ -~]*$/

/**
 * Why a path can't be that of a file in a package, or undefined when it can. The rule is one that every file system and
 * every reader understands alike (docs/formats.md, "File names").
 */
export function entryPathProblem(path: string): string | undefined {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`
  if (!PLAIN_ASCII.test(path)) {
    for (const char of path) {
      if (!isNameCodePoint(char.codePointAt(0) ?? 0))
        return `holds the character ${codePoint(char)}, which is not allowed in a name`
    }
    if (path.normalize('NFC') !== path) return 'is not in Unicode normal form C'
  }
  for (const segment of path.split('/')) {
    const problem = segmentProblem(segment)
    if (problem !== undefined) return problem
  }
  return undefined
}

export function isEntryPath(path: string): path is EntryPath {
  return entryPathProblem(path) === undefined
}

function segmentProblem(segment: string): string | undefined {
  if (segment === '') return 'is absolute or has an empty segment'
  if (segment === '.' || segment === '..') return `has a ${segment} segment`
  const forbidden = FORBIDDEN.exec(segment)
  if (forbidden) return `holds ${forbidden[0]}, which some systems don't allow in a name`
  if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) return `has a segment longer than ${MAX_SEGMENT_BYTES} bytes`
  if (segment.endsWith('.') || segment.endsWith(' ')) return 'has a segment that ends with a dot or a space'
  if (DEVICE.test((segment.split('.')[0] ?? '').trimEnd())) return "has a segment that is a device's name on Windows"
  return undefined
}

function codePoint(char: string): string {
  return `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}

/**
 * What two paths have in common when a file system that folds case or normalises can't tell them apart:
 * NFC of lower of upper of lower. Upper in between brings together what has several lower forms (ß and ss, σ and ς).
 */
export function foldPath(path: string): string {
  return PLAIN_ASCII.test(path) ? path.toLowerCase() : path.toLowerCase().toUpperCase().toLowerCase().normalize('NFC')
}

/** The paths of one package: finds two that can't live beside each other on every file system. */
export class EntryPaths {
  /** folded path of every file and parent folder, and how it was written first */
  readonly #seen = new Map<string, { written: string; isFile: boolean }>()

  /** Adds a file's path. Returns why it can't stand beside those before it, or undefined. */
  add(path: string): string | undefined {
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      const problem = this.#note(path.slice(0, slash), false)
      if (problem !== undefined) return problem
    }
    return this.#note(path, true)
  }

  #note(written: string, isFile: boolean): string | undefined {
    const folded = foldPath(written)
    const before = this.#seen.get(folded)
    if (!before) {
      this.#seen.set(folded, { written, isFile })
      return undefined
    }
    if (before.written !== written) return `can't be told from ${before.written} on a system that ignores case`
    if (isFile && before.isFile) return 'stands there twice'
    if (isFile !== before.isFile) return `is a file, and ${written} is also the folder of another`
    return undefined
  }
}

/** The order of files in archives and tables: by the bytes of their UTF-8 names. */
export function compareEntryPaths(a: string, b: string): number {
  return PLAIN_ASCII.test(a) && PLAIN_ASCII.test(b)
    ? a < b
      ? -1
      : a > b
        ? 1
        : 0
    : Buffer.compare(Buffer.from(a), Buffer.from(b))
}
