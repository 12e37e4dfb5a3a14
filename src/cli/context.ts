import type { Config } from '../schema/config.ts'
import type { Emit } from '../schema/events.ts'
import { loadConfig, numberFromEnv, type Settings } from '../core/config.ts'
import { type Home, locateHome } from '../core/home.ts'
import { createPool, type Pool } from '../core/pool.ts'

/** What every command may use. Costly parts are made when they are asked for. */
export interface Context {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly emit: Emit
  readonly signal: AbortSignal
  readonly cpmVersion: string
  readonly pool: Pool
  readonly now: () => Date
  /** the settings in force for a project, or for none */
  config(project?: string): Promise<Settings>
  /** the places under CPM_HOME, the store where the user's settings put it */
  home(config: Config): Home
  /** milliseconds to wait for a lock: `--lock-timeout`, CPM_LOCK_TIMEOUT, the settings, five minutes */
  lockTimeout(config: Config, seconds: number | undefined): number
}

const DEFAULT_LOCK_TIMEOUT = 300

interface ContextParts {
  cwd: string
  env: NodeJS.ProcessEnv
  emit: Emit
  signal: AbortSignal
  cpmVersion: string
}

export function createContext(parts: ContextParts): Context {
  const { env, emit } = parts
  return {
    ...parts,
    pool: createPool(),
    now: () => new Date(),
    config: (project) => loadConfig({ project, userFile: locateHome(env).config, emit }),
    home: (config) => locateHome(env, config.storage?.store),
    lockTimeout: (config, seconds) =>
      1000 *
      (seconds ?? numberFromEnv(env, 'CPM_LOCK_TIMEOUT') ?? config.security?.lockTimeout ?? DEFAULT_LOCK_TIMEOUT),
  }
}
