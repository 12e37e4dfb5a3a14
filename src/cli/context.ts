import path from 'node:path'
import type { Config } from '../schema/config.ts'
import type { Emit } from '../schema/events.ts'
import { loadConfig, numberFromEnv } from '../core/config.ts'
import { CpmError } from '../core/errors.ts'
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
  now(): Date
  /** the settings in force for a project, or for none */
  config(project?: string): Promise<Config>
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

/**
 * The folder of the registry in use: `--registry`, CPM_REGISTRY, the settings' default, the user's own.
 * @returns the folder, and whether it is the embedded one, which is made on first use
 */
export function registryFolder(
  context: Context,
  config: Config,
  flag: string | undefined,
): { folder: string; embedded: boolean } {
  const home = context.home(config)
  const asked = flag ?? nonEmpty(context.env.CPM_REGISTRY) ?? config.registry?.default
  if (asked === undefined) return { folder: home.registry, embedded: true }
  const known = config.registry?.registries
  const url = known && Object.hasOwn(known, asked) ? (known[asked]?.url ?? asked) : asked
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) {
    throw new CpmError(
      'CONFIG_INVALID',
      `the registry ${withoutCredentials(url)} is not a folder: this cpm reads registries in folders only`,
    )
  }
  return { folder: path.resolve(context.cwd, url), embedded: false }
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//')
}
