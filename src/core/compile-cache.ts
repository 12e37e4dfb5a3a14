import fs from 'node:fs'
import nodeModule from 'node:module'
import path from 'node:path'
import type { EnvironmentVariables } from './environment-variables.ts'
import { findHome } from './home.ts'

/** What Node has since 22.8, and the types of Node 20 don't know. */
interface CompileCache {
  enableCompileCache?: (folder: string) => unknown
  getCompileCacheDir?: () => string | undefined
}

/** the folder in a cache */
export const COMPILED_CODE = 'code'

const { enableCompileCache, getCompileCacheDir } = nodeModule as CompileCache

/**
 * Lets Node keep the compiled code of modules below the home (docs/install.md, "The cache"). What is there runs as the
 * user, so nobody else may be able to put anything there. Without such a folder, Node compiles as ever: this never
 * fails, and never makes a home.
 */
export function keepCompiledCode(env: EnvironmentVariables): void {
  if (!enableCompileCache || env.get('NODE_DISABLE_COMPILE_CACHE') !== undefined) return
  // The user may have named another folder by NODE_COMPILE_CACHE.
  if (getCompileCacheDir?.() !== undefined) return
  try {
    const home = findHome(env)
    const folder = home && privateFolder(home.cache)
    if (folder !== undefined) enableCompileCache(folder)
  } catch {
    // There is no cache yet, or it can't be written.
  }
}

/** Returns what worker threads need in their environment, besides that of the process, to use the same folder. */
export function compiledCodeForThreads(): Record<string, string> {
  const folder = getCompileCacheDir?.()
  // Node adds a folder for its own version.
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: path.dirname(folder) }
}

/** Makes the folder for compiled code in a cache, which must exist. @returns undefined if others could change it */
function privateFolder(cache: string): string | undefined {
  const uid = process.getuid?.()
  if (uid === undefined) return undefined
  const parent = fs.realpathSync(cache)
  if (!pathTo(parent).every((folder) => isSafe(fs.lstatSync(folder), uid))) return undefined
  const folder = path.join(parent, COMPILED_CODE)
  try {
    fs.mkdirSync(folder, { mode: 0o700 })
  } catch {
    // It is there, or the next line fails.
  }
  const stats = fs.lstatSync(folder)
  return stats.isDirectory() && stats.uid === uid && (stats.mode & 0o077) === 0 ? folder : undefined
}

/** Returns a folder and all above it. */
function pathTo(folder: string): string[] {
  const parent = path.dirname(folder)
  return parent === folder ? [folder] : [folder, ...pathTo(parent)]
}

const STICKY = 0o1000

/** Returns whether only this user and root can replace what this user has in a folder. */
function isSafe({ uid: owner, gid, mode }: fs.Stats, uid: number): boolean {
  if (owner !== uid && owner !== 0) return false
  // A user's private group has, by convention, the number of the user. Nobody else is in it.
  const others = gid === uid && uid !== 0 ? 0o002 : 0o022
  return (mode & others) === 0 || (mode & STICKY) !== 0
}
