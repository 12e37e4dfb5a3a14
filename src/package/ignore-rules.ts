import path from 'node:path'
import ignore, { type Ignore } from 'ignore'
import { readIfThere, requireText } from '../core/atomic-file.ts'

/** The ignore files of a package. If a folder has both, only the first one counts. */
export const IGNORE_FILES = ['.cpmignore', '.gitignore'] as const

/**
 * Applies the ignore files of a package as git does: a file covers its folder and everything below, deeper files
 * override those above, and within a file the last matching pattern wins. Files in an excluded folder can't be included
 * again. Ignore files above the package's folder don't count, so that the package is packed the same anywhere.
 */
export class IgnoreRules {
  static readonly NONE = new IgnoreRules(ignore({ ignorecase: false }))
  readonly #rules: Ignore

  private constructor(rules: Ignore) {
    this.#rules = rules
  }

  /**
   * Returns the rules for a folder and everything below it.
   * @param prefix the folder's path in the package, with a final slash; empty for the package itself
   * @param names the entries of the folder
   */
  within(folder: string, prefix: string, names: ReadonlySet<string>): IgnoreRules {
    const name = IGNORE_FILES.find((file) => names.has(file))
    const file = path.join(folder, name ?? '')
    const bytes = name === undefined ? undefined : readIfThere(file)
    if (name === undefined || bytes === undefined) return this
    // Like git, skip a byte order mark. cpm's own files may not have one.
    const isMarked = bytes.subarray(0, 3).toString('hex') === 'efbbbf'
    const patterns = requireText(file, isMarked ? bytes.subarray(3) : bytes).split(/\r?\n/)
    const rules = patterns
      .flatMap((line) => fromRoot(line, prefix))
      .map((pattern) => ({ pattern, mark: prefix + name }))
    return new IgnoreRules(ignore({ ignorecase: false }).add(this.#rules).add(rules))
  }

  /** Returns the ignore file that excludes a path. A folder's path must end with a slash to match `build/`. */
  fileThatIgnores(relative: string): string | undefined {
    return this.#rules.test(relative).rule?.mark
  }
}

/** Rewrites a pattern of an ignore file so that it means the same from the package's folder. */
function fromRoot(line: string, prefix: string): string[] {
  const isNegated = line.startsWith('!')
  // A trailing space counts only after a backslash.
  const pattern = line.slice(isNegated ? 1 : 0).replace(/(?<!\\) +$/, '')
  if (pattern === '' || line.startsWith('#')) return []
  if (prefix === '') return [line]
  const base = `/${prefix.replace(/[*?[\]\\]/g, '\\$&')}`
  const isAnchored = /\/(?!$)/.test(pattern)
  return [`${isNegated ? '!' : ''}${base}${isAnchored || pattern === '**' ? '' : '**/'}${pattern.replace(/^\//, '')}`]
}
