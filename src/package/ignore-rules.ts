import path from 'node:path'
import ignore, { type Ignore } from 'ignore'
import { readIfThere, requireText } from '../core/atomic-file.ts'

/** The files that say what is left out of a package. Where a folder has both, the first counts and the other does not. */
export const IGNORE_FILES = ['.cpmignore', '.gitignore'] as const

/**
 * What the ignore files of a package leave out, as git reads them: those of a folder count for it and all below, a deeper one
 * has the last word over those above, and within one the last pattern that matches decides. What is in a folder that is left
 * out can't be taken back. Nothing above the package's folder is looked at, so that it is packed alike wherever it lies.
 */
export class IgnoreRules {
  static readonly NONE = new IgnoreRules(ignore({ ignorecase: false }))
  readonly #rules: Ignore

  private constructor(rules: Ignore) {
    this.#rules = rules
  }

  /**
   * The rules that hold in a folder and below it.
   * @param prefix the folder as it is named from the package, with a slash at its end; empty for the package itself
   * @param names what is in the folder
   */
  within(folder: string, prefix: string, names: ReadonlySet<string>): IgnoreRules {
    const name = IGNORE_FILES.find((file) => names.has(file))
    const file = path.join(folder, name ?? '')
    const bytes = name === undefined ? undefined : readIfThere(file)
    if (name === undefined || bytes === undefined) return this
    // git skips a byte order mark, which is refused in files of our own.
    const isMarked = bytes.subarray(0, 3).toString('hex') === 'efbbbf'
    const patterns = requireText(file, isMarked ? bytes.subarray(3) : bytes).split(/\r?\n/)
    const rules = patterns
      .flatMap((line) => fromRoot(line, prefix))
      .map((pattern) => ({ pattern, mark: prefix + name }))
    return new IgnoreRules(ignore({ ignorecase: false }).add(this.#rules).add(rules))
  }

  /** The ignore file that leaves a path out. A folder's path ends with a slash: patterns such as `build/` mean folders. */
  fileThatIgnores(relative: string): string | undefined {
    return this.#rules.test(relative).rule?.mark
  }
}

/** A pattern of an ignore file in some folder as one that says the same from the package's folder. */
function fromRoot(line: string, prefix: string): string[] {
  const isNegated = line.startsWith('!')
  // A space at the end counts only behind a backslash.
  const pattern = line.slice(isNegated ? 1 : 0).replace(/(?<!\\) +$/, '')
  if (pattern === '' || line.startsWith('#')) return []
  if (prefix === '') return [line]
  const base = `/${prefix.replace(/[*?[\]\\]/g, '\\$&')}`
  const isAnchored = /\/(?!$)/.test(pattern)
  return [`${isNegated ? '!' : ''}${base}${isAnchored || pattern === '**' ? '' : '**/'}${pattern.replace(/^\//, '')}`]
}
