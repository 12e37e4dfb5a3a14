import fs from 'node:fs'
import path from 'node:path'
import ignore, { type Ignore } from 'ignore'
import { CpmError, fileError } from '../core/errors.ts'
import { isThere, readTextIfThere } from '../core/atomic-file.ts'
import { compareEntryPaths, type EntryPath, entryPathProblem, EntryPaths } from './entry-path.ts'
import { MANIFEST_FILE } from './manifest.ts'
import { looksLikeSecret } from './secrets.ts'

export interface PackRules {
  /** gitignore patterns of what is packed, from the manifest */
  readonly files: readonly string[]
  /** gitignore patterns of what is executable besides files that begin with #! */
  readonly executables: readonly string[]
  /** gitignore patterns of what may be packed although it looks like a secret */
  readonly allow: readonly string[]
}

export interface FileToPack {
  readonly path: EntryPath
  /** named by `executables`; files that begin with #! are found while packing */
  readonly executable: boolean
}

/** Never packed, whatever the rules say: version control, what cpm installs, and configuration that may hold credentials. */
const NEVER = new Set(['.git', 'colony_packages', '.cpmrc', 'colony.config.json', 'colony.config.yaml', '.DS_Store'])

/**
 * The files of a package's folder that go into its archive, in the archive's order.
 * @throws CpmError PACK_REFUSED naming every link, special file, secret and impossible name at once
 */
export function filesToPack(root: string, rules: PackRules): FileToPack[] {
  const wanted = picker(rules.files)
  const ignored = matcher(lines(readTextIfThere(path.join(root, '.cpmignore')) ?? ''))
  const executable = picker(rules.executables)
  const allowed = picker(rules.allow)
  const refused: string[] = []
  const found: FileToPack[] = []

  const visit = (folder: string, prefix: string) => {
    for (const entry of readFolder(folder)) {
      if (NEVER.has(entry.name)) continue
      const relative = prefix + entry.name
      if (entry.name.includes('\ufffd') && !isThere(path.join(folder, entry.name))) {
        refused.push(`  ${relative} has a name that is not UTF-8`)
        continue
      }
      if (entry.isDirectory()) {
        // A trailing slash lets patterns such as `build/` speak of folders.
        if (!ignored.ignores(`${relative}/`)) visit(path.join(folder, entry.name), `${relative}/`)
        continue
      }
      const isManifest = relative === MANIFEST_FILE
      if (!isManifest && (!wanted(relative) || ignored.ignores(relative))) continue
      const problem = refusal(root, relative, entry, allowed)
      if (problem === undefined) found.push({ path: relative as EntryPath, executable: executable(relative) })
      else refused.push(`  ${relative} ${problem}`)
    }
  }
  visit(root, '')
  found.sort((a, b) => compareEntryPaths(a.path, b.path))
  const paths = new EntryPaths()
  for (const file of found) {
    const clash = paths.add(file.path)
    if (clash !== undefined) refused.push(`  ${file.path} ${clash}`)
  }
  if (refused.length > 0) {
    throw new CpmError('PACK_REFUSED', ['these files can’t be packed:', ...refused].join('\n'), {
      hint: `leave them out in .cpmignore; --allow '<pattern>' packs what only looks like a secret`,
      details: { files: refused.map((line) => line.trim()) },
    })
  }
  return found
}

function refusal(root: string, relative: string, entry: fs.Dirent, allowed: Picker): string | undefined {
  if (entry.isSymbolicLink()) return `is a link to ${linkTarget(root, relative)}`
  if (!entry.isFile()) return 'is not a regular file'
  const problem = entryPathProblem(relative)
  if (problem !== undefined) return problem
  if (allowed(relative)) return undefined
  const secret = looksLikeSecret(path.join(root, relative), relative)
  return secret === undefined ? undefined : `looks like a secret: ${secret}`
}

function linkTarget(root: string, relative: string): string {
  const link = path.join(root, relative)
  try {
    return fs.readlinkSync(link)
  } catch (error) {
    throw fileError(error, 'read', link)
  }
}

type Picker = (relative: string) => boolean

/**
 * Gitignore patterns that pick files, the last that matches deciding, so that `!docs` after `**` leaves a folder out. Asked
 * as they stand, a picked folder would pick all inside it for good: git never looks into one. So everything is ignored first,
 * then what the patterns pick is not, with what is inside, and what they negate is again.
 */
function picker(patterns: readonly string[]): Picker {
  const left = matcher(['**', '!**/', ...patterns.flatMap(negated)])
  return (relative) => !left.ignores(relative)
}

function negated(pattern: string): string[] {
  if (pattern.startsWith('!')) return [pattern.slice(1)]
  if (pattern.trim() === '' || pattern.startsWith('#')) return []
  const bare = pattern.replace(/\/$/, '')
  return [`!${bare}`, bare.includes('/') ? `!${bare}/**` : `!**/${bare}/**`]
}

/** `ignore` answers whether a path matches gitignore patterns; what a match means is for the caller. */
function matcher(patterns: readonly string[]): Ignore {
  return ignore({ ignorecase: false, allowRelativePaths: false }).add([...patterns])
}

function lines(text: string): string[] {
  return text.split(/\r?\n/)
}

function readFolder(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    throw fileError(error, 'read', folder)
  }
}
