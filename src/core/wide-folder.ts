import fs from 'node:fs'
import path from 'node:path'
import type { EnvironmentVariables } from './environment-variables.ts'
import { CpmError } from './errors.ts'

/**
 * Says whether a folder holds everything of a user or a machine. What is below it usually has nothing to do with a
 * project that happens to be there (docs/install.md, "Projects in a home folder").
 */
export function wideFolder(folder: string, env: EnvironmentVariables): string | undefined {
  const real = realPath(folder)
  if (path.dirname(real) === real) return 'the root of the file system'
  const home = homeIfAny(env)
  return home !== undefined && real === realPath(home) ? 'your home folder' : undefined
}

function homeIfAny(env: EnvironmentVariables): string | undefined {
  try {
    return env.homeFolder()
  } catch (error) {
    if (error instanceof CpmError && error.code === 'HOME_NOT_FOUND') return undefined
    throw error
  }
}

/** Follows links where there is something to follow. */
function realPath(folder: string): string {
  try {
    return fs.realpathSync(folder)
  } catch {
    return path.resolve(folder)
  }
}
