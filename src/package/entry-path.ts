import { isNameCodePoint } from './code-points.ts'

/** The path of a file in a package, with `/` as separator, checked by `entryPathProblem`. */
export type EntryPath = string & { readonly __brand: 'EntryPath' }

const MAX_SEGMENT_BYTES = 255
const MAX_PATH_BYTES = 1024
const FORBIDDEN = /[\\:<>|?*"]/
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])$/i
const PLAIN_ASCII = /^[ -~]*$/
/** Matches a segment that surely breaks no rule, as nearly all do. */
const SAFE_SEGMENT = String.raw`(?!(?:con|prn|aux|nul|conin\$|conout\$|com[0-9]|lpt[0-9])(?:[./]|$))\.*[\w@$+~-]+(?:\.+[\w@$+~-]+)*`
const SAFE_PATH = new RegExp(`^${SAFE_SEGMENT}(?:/${SAFE_SEGMENT})*$`, 'i')

/**
 * Returns why a path is not allowed in a package, or undefined if it is. Every allowed path means the same on all file
 * systems and to all readers (docs/formats.md, "File names").
 */
export function entryPathProblem(path: string): string | undefined {
  if (path.length <= MAX_SEGMENT_BYTES && SAFE_PATH.test(path)) return undefined
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`
  if (!PLAIN_ASCII.test(path)) {
    for (const char of path) {
      if (!isNameCodePoint(char.codePointAt(0) ?? 0))
        return `contains the character ${codePoint(char)}, which is not allowed in a file name`
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
  if (forbidden) return `contains ${forbidden[0]}, which some systems don't allow in a file name`
  if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) return `has a segment longer than ${MAX_SEGMENT_BYTES} bytes`
  if (segment.endsWith('.') || segment.endsWith(' ')) return 'has a segment that ends with a dot or a space'
  if (DEVICE.test((segment.split('.')[0] ?? '').trimEnd())) return 'has a segment that is a device name on Windows'
  return undefined
}

function codePoint(char: string): string {
  return `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}

/**
 * Folds a path so that two paths are equal if a file system that ignores case or normalization can't distinguish them:
 * NFC(lower(upper(lower(path)))). The upper-case step unites characters with several lower-case forms (ß and ss, σ and
 * ς).
 */
export function foldPath(path: string): string {
  return PLAIN_ASCII.test(path) ? path.toLowerCase() : path.toLowerCase().toUpperCase().toLowerCase().normalize('NFC')
}

/** The paths of one package. Finds pairs that can't coexist on every file system. */
export class EntryPaths {
  /** each file and each parent folder as first written, by its folded path; without an object for each of thousands */
  readonly #files = new Map<string, string>()
  readonly #folders = new Map<string, string>()
  /** the folder of the last path, which needs no second look */
  #folder = ''
  #bytes = 0

  /** the number of different folders */
  get folders(): number {
    return this.#folders.size
  }

  /** bytes of the paths of all files and folders together */
  get bytes(): number {
    return this.#bytes
  }

  /** Adds a file's path. Returns why it conflicts with an earlier one, or undefined. */
  add(path: string): string | undefined {
    const folder = path.slice(0, path.lastIndexOf('/') + 1)
    if (folder === this.#folder) return this.#note(path, true)
    this.#folder = folder
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      const problem = this.#note(path.slice(0, slash), false)
      if (problem !== undefined) return problem
    }
    return this.#note(path, true)
  }

  #note(written: string, isFile: boolean): string | undefined {
    const folded = foldPath(written)
    const [same, other] = isFile ? [this.#files, this.#folders] : [this.#folders, this.#files]
    const before = same.get(folded) ?? other.get(folded)
    if (before === undefined) {
      same.set(folded, written)
      this.#bytes += Buffer.byteLength(written)
      return undefined
    }
    if (before !== written) return `clashes with ${before} on systems that ignore case`
    if (other.has(folded)) return `can't exist, because ${written} is both a file and a folder`
    return isFile ? 'appears twice' : undefined
  }
}

/** Orders files as in archives and tables: by the bytes of their UTF-8 paths. */
export function compareEntryPaths(a: string, b: string): number {
  return PLAIN_ASCII.test(a) && PLAIN_ASCII.test(b)
    ? a < b
      ? -1
      : a > b
        ? 1
        : 0
    : Buffer.compare(Buffer.from(a), Buffer.from(b))
}
