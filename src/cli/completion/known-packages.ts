import fs from 'node:fs'
import path from 'node:path'
import { findHome, type Home } from '../../core/home.ts'
import type { Place } from './candidate.ts'

/** Files are read whole, so a larger one is not. */
const MOST_BYTES = 4 * 1024 * 1024
/** The most names to list of a registry. */
const MOST_NAMES = 5000

/** Returns the text of a file, or an empty one: a candidate less is better than an error, or than waiting for a pipe. */
export function textOf(file: string, mostBytes = MOST_BYTES): string {
  try {
    const stats = fs.statSync(file, { throwIfNoEntry: false })
    return stats?.isFile() === true && stats.size <= mostBytes ? fs.readFileSync(file, 'utf8') : ''
  } catch {
    return ''
  }
}

export function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder).slice(0, MOST_NAMES)
  } catch {
    return []
  }
}

/** Returns the nearest folder upward that has a file. */
export function folderWith(file: string, start: string): string | undefined {
  for (let folder = path.resolve(start); ; folder = path.dirname(folder)) {
    if (fs.existsSync(path.join(folder, file))) return folder
    if (path.dirname(folder) === folder) return undefined
  }
}

/** Returns the packages in the lock of the project or workspace. */
export function lockedVersions({ cwd }: Place): Map<string, string> {
  const folder = folderWith('colony.lock', cwd)
  const packages = folder === undefined ? {} : entriesIn(jsonIn(path.join(folder, 'colony.lock')), 'packages')
  const locked = Object.entries(packages).map(([name, entry]): [string, string] => {
    const version = entriesIn({ entry }, 'entry').version
    return [name, typeof version === 'string' ? version : '']
  })
  return new Map(locked.filter(([name]) => isName(name)))
}

/** Returns the names of packages that this machine knows and that begin with a text. */
export function namesOnDisk(place: Place, text: string): string[] {
  const names = new Set(lockedVersions(place).keys())
  for (const folder of foldersOfNames(place)) {
    for (const entry of namesIn(folder)) {
      const name = entry.replace(/\.(json|ndjson)$/, '')
      if (!entry.startsWith('@')) names.add(name)
      // Scopes are many and large, so only the one that is typed is read.
      else if (text.startsWith(`${entry}/`) || `${entry}/`.startsWith(text))
        for (const inner of namesIn(path.join(folder, entry)))
          names.add(`${entry}/${inner.replace(/\.(json|ndjson)$/, '')}`)
    }
  }
  return [...names].filter((name) => isName(name) && name.startsWith(text)).sort()
}

/** Returns the versions of a package that this machine knows, the last published first. */
export function versionsOnDisk(place: Place, name: string): string[] {
  if (!isName(name)) return []
  const locked = lockedVersions(place).get(name)
  const found = new Set<string>(locked === undefined || locked === '' ? [] : [locked])
  for (const folder of foldersOfNames(place)) {
    const files = path.basename(folder) === 'index' ? [name, `${name}.ndjson`] : []
    for (const file of files)
      for (const [, version = ''] of textOf(path.join(folder, file)).matchAll(/"version":"([^"]+)"/g))
        found.add(version)
    if (path.basename(folder) === 'envelopes')
      for (const file of namesIn(path.join(folder, name))) found.add(file.replace(/\.dsse$/, ''))
  }
  return [...found].filter((version) => /^\d+\.\d+\.\d+[\w.-]*$/.test(version)).reverse()
}

/** Returns the folders with an entry for each name: indexes, and the proofs of what was installed. */
function foldersOfNames(place: Place): string[] {
  const home = homeOf(place)
  if (!home) return []
  const caches = namesIn(home.cache).filter((name) => /^[0-9a-f]{32}$/.test(name))
  return [
    path.join(home.registry, 'index'),
    ...caches.flatMap((id) => ['index', 'envelopes'].map((part) => path.join(home.cache, id, part))),
  ]
}

/** Returns names that the user's home keeps. */
export function keptNames(place: Place, what: 'registries' | 'contexts' | 'keys' | 'runs'): string[] {
  const home = homeOf(place)
  if (!home) return []
  switch (what) {
    case 'registries':
      return safe(Object.keys(entriesIn(entriesIn(jsonIn(home.config), 'registry'), 'registries')))
    case 'contexts':
      return safe(Object.keys(entriesIn(jsonIn(home.contexts), 'contexts')))
    case 'keys':
      return safe(namesIn(home.keys).flatMap((file) => /^([0-9a-f]{64})\.json$/.exec(file)?.[1] ?? []))
    case 'runs':
      return safe(namesIn(home.runs)).sort().reverse()
  }
}

function homeOf({ env }: Place): Home | undefined {
  try {
    return findHome(env)
  } catch {
    return undefined
  }
}

function jsonIn(file: string): unknown {
  try {
    return JSON.parse(textOf(file))
  } catch {
    return undefined
  }
}

export function entriesIn(value: unknown, key: string): Record<string, unknown> {
  const inner = isRecord(value) ? value[key] : undefined
  return isRecord(inner) ? inner : {}
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** A candidate is put into a command line, so it must not contain anything that a shell reads. */
export function safe(texts: readonly string[]): string[] {
  return texts.filter((text) => /^[\w@./+-]+$/.test(text))
}

function isName(text: string): boolean {
  return /^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/.test(text)
}
