import fs from 'node:fs'
import path from 'node:path'
import ignore, { type Ignore } from 'ignore'
import { CpmError, fileError } from '../core/errors.ts'
import type { Home } from '../core/home.ts'
import { isThere } from '../core/atomic-file.ts'
import { compareEntryPaths, type EntryPath, entryPathProblem, EntryPaths } from './entry-path.ts'
import { HomePlaces } from './home-places.ts'
import { IGNORE_FILES, IgnoreRules } from './ignore-rules.ts'
import { DEFAULT_LIMITS, refuseTooLargeFiles, refuseTooManyPaths } from './limits.ts'
import { MANIFEST_FILE } from './manifest-file.ts'
import { looksLikeSecret } from './secrets.ts'

export interface PackRules {
  /** gitignore patterns of the files to pack, from the manifest */
  readonly files: readonly string[]
  /** gitignore patterns of executables that don't start with #! */
  readonly executables: readonly string[]
  /** gitignore patterns of files that may be packed although they look like secrets */
  readonly allow: readonly string[]
  /** cpm's own folders, which are never packed */
  readonly home?: Home | undefined
  /** the folders of other members of the workspace, which are packages of their own; relative, with `/` */
  readonly members?: readonly string[] | undefined
}

export interface FileToPack {
  readonly path: EntryPath
  /** listed in `executables`; files that start with #! are found while packing */
  readonly executable: boolean
}

/** A file to pack, as it is on disk. */
export interface ListedFile extends FileToPack {
  readonly size: number
  /** has any of the three executable bits, which are not packed but show the author's intention */
  readonly isMarkedExecutable: boolean
}

/** A file or folder that is not packed, and why. Folders end with a slash and are not searched. */
export interface LeftOut {
  readonly path: string
  /** the ignore file, the `files` of the manifest, the `workspace` that it is a member of, or cpm itself */
  readonly by: string
}

export interface PackList {
  readonly files: readonly ListedFile[]
  readonly leftOut: readonly LeftOut[]
}

/**
 * Never packed, whatever the rules say: version control, installed packages, a cpm home, configuration that may contain
 * credentials, and the ignore files themselves.
 */
const NEVER = new Set([
  ...[
    '.git',
    '.hg',
    '.svn',
    'colony_packages',
    '.cpm',
    '.cpmrc',
    'colony.config.json',
    'colony.config.yaml',
    '.DS_Store',
  ],
  ...IGNORE_FILES,
])

/** Archives and envelopes that `cpm pack` writes: packing must not depend on whether it ran before. */
const OWN_ARCHIVE = /^[a-z0-9][a-z0-9-]*-\d+\.\d+\.\d+[0-9A-Za-z.-]*\.(?:cpm|dsse)$/

/** Lists the files to pack, in the archive's order. @throws the same errors as `listFiles` */
export function filesToPack(root: string, rules: PackRules): readonly ListedFile[] {
  return listFiles(root, rules).files
}

/**
 * Lists the files to pack, in the archive's order, and those that are left out.
 * @throws CpmError ARCHIVE_TOO_LARGE; PACK_REFUSED with every link, special file, secret and unsafe name at once
 */
export function listFiles(root: string, rules: PackRules): PackList {
  const wanted = picker(rules.files)
  const executable = picker(rules.executables)
  const allowed = picker(rules.allow)
  const members = new Set(rules.members)
  const home = rules.home && new HomePlaces(rules.home, root)
  const refused: string[] = []
  const secrets: string[] = []
  const found: ListedFile[] = []
  const leftOut: LeftOut[] = []

  const visit = (folder: string, prefix: string, above: IgnoreRules) => {
    const entries = readFolder(folder)
    const ignored = above.within(folder, prefix, new Set(entries.map(({ name }) => name)))
    for (const entry of entries) {
      if (NEVER.has(entry.name) || home?.has(path.join(folder, entry.name)) === true) continue
      const relative = prefix + entry.name
      if (entry.name.includes('\ufffd') && !isThere(path.join(folder, entry.name))) {
        refused.push(`  ${relative} has a name that is not UTF-8`)
        continue
      }
      if (entry.isDirectory()) {
        const by = members.has(relative) ? 'workspace' : ignored.fileThatIgnores(`${relative}/`)
        if (by === undefined) visit(path.join(folder, entry.name), `${relative}/`, ignored)
        else leftOut.push({ path: `${relative}/`, by })
        continue
      }
      const by = OWN_ARCHIVE.test(relative)
        ? 'cpm'
        : relative === MANIFEST_FILE
          ? undefined
          : (ignored.fileThatIgnores(relative) ?? (wanted(relative) ? undefined : 'files'))
      if (by !== undefined) {
        leftOut.push({ path: relative, by })
        continue
      }
      const problem = refusal(root, relative, entry)
      if (problem !== undefined) {
        refused.push(`  ${relative} ${problem}`)
        continue
      }
      const { size, mode } = statOf(path.join(folder, entry.name))
      const isMarkedExecutable = (mode & 0o111) !== 0
      found.push({ path: relative as EntryPath, executable: executable(relative), size, isMarkedExecutable })
    }
  }
  visit(root, '', IgnoreRules.NONE)
  found.sort((a, b) => compareEntryPaths(a.path, b.path))
  // Secrets are found by content, so the sizes are checked first: reading a file that is too large takes minutes.
  refuseTooLargeFiles(found)
  for (const file of found) {
    const secret = allowed(file.path) ? undefined : looksLikeSecret(path.join(root, file.path), file.path)
    if (secret === undefined) continue
    secrets.push(file.path)
    refused.push(`  ${file.path} looks like a secret: ${secret}`)
  }
  const paths = new EntryPaths()
  for (const file of found) {
    const clash = paths.add(file.path)
    if (clash !== undefined) refused.push(`  ${file.path} ${clash}`)
  }
  refuseTooManyPaths(paths, DEFAULT_LIMITS)
  if (refused.length > 0) {
    throw new CpmError('PACK_REFUSED', ["these files can't be packed:", ...refused].join('\n'), {
      hint: hintFor(secrets),
      details: { files: refused.map((line) => line.trim()) },
    })
  }
  return { files: found, leftOut: leftOut.sort((a, b) => compareEntryPaths(a.path, b.path)) }
}

function statOf(file: string): fs.Stats {
  try {
    return fs.lstatSync(file)
  } catch (error) {
    throw fileError(error, 'read', file)
  }
}

function refusal(root: string, relative: string, entry: fs.Dirent): string | undefined {
  if (entry.isSymbolicLink()) return `is a symbolic link to ${linkTarget(root, relative)}`
  if (!entry.isFile()) return 'is not a regular file'
  return entryPathProblem(relative)
}

/** Suggests how to exclude refused files, and a pattern that allows exactly one of them. */
function hintFor([secret]: readonly string[]): string {
  if (secret === undefined) return 'exclude them in .cpmignore or .gitignore'
  return `exclude them in .cpmignore or .gitignore; for a false alarm: --allow '/${secret.replace(/[[\]\\!#]/g, String.raw`\$&`)}'`
}

function linkTarget(root: string, relative: string): string {
  const link = path.join(root, relative)
  try {
    return fs.readlinkSync(link)
  } catch (error) {
    throw fileError(error, 'read', link)
  }
}

export type Picker = (relative: string) => boolean

/**
 * Picks files with gitignore patterns. The last matching pattern wins, so `!docs` after `**` excludes a folder. With
 * git's own meaning a picked folder would pick everything in it, because git never looks into an ignored folder. So the
 * patterns are inverted: everything is ignored, picked files and folders with their contents are not, and negated
 * patterns are again.
 */
export function picker(patterns: readonly string[]): Picker {
  // The usual cases, which need no patterns.
  if (patterns.length === 0) return () => false
  if (patterns.length === 1 && patterns[0] === '**') return () => true
  const left = matcher(['**', '!**/', ...patterns.flatMap(negated)])
  return (relative) => !left.ignores(relative)
}

function negated(pattern: string): string[] {
  if (pattern.startsWith('!')) return [pattern.slice(1)]
  if (pattern.trim() === '' || pattern.startsWith('#')) return []
  const bare = pattern.replace(/\/$/, '')
  return [`!${bare}`, bare.includes('/') ? `!${bare}/**` : `!**/${bare}/**`]
}

/** Matches paths with gitignore patterns. The caller decides what a match means. */
function matcher(patterns: readonly string[]): Ignore {
  return ignore({ ignorecase: false, allowRelativePaths: false }).add([...patterns])
}

function readFolder(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    throw fileError(error, 'read', folder)
  }
}
