import type { EnvironmentVariables } from '../core/environment-variables.ts'
import type { Config } from '../schema/config.ts'
import type { Emit } from '../schema/events.ts'
import { loadConfig, numberFromEnv, type Settings } from '../core/config.ts'
import { keepPrivate } from '../core/atomic-file.ts'
import { findHome, type Home, locateHome } from '../core/home.ts'
import { createPool, type Pool } from '../core/pool.ts'
import type { Questions } from '../workflow/values/questions.ts'
import { chosenContext } from './contexts.ts'

/** Somebody who can be asked while an operation works. */
export interface Prompts {
  /** Asks a question whose answer is yes or no. */
  confirm(question: string): Promise<boolean>
  /** Asks for values, until all are answered or there is no more input. */
  ask(questions: Questions): Promise<void>
}

/** What an operation works with. Costly parts are made when they are asked for. */
export interface Session {
  readonly cwd: string
  readonly env: EnvironmentVariables
  readonly emit: Emit
  readonly signal: AbortSignal
  readonly cpmVersion: string
  /** undefined where nobody can be asked */
  readonly prompts?: Prompts | undefined
  readonly pool: Pool
  readonly now: () => Date
  /** everything on standard input, which `-` stands for; empty where there is none */
  readInput(): Promise<Uint8Array>
  /** the settings in force for a project, or for none */
  config(project?: string): Promise<Settings>
  /** the places under CPM_HOME, the store where the user's settings put it */
  home(config: Config): Home
  /** the same where there is one: for what can be done without */
  homeIfAny(config: Config): Home | undefined
  /** milliseconds to wait for a lock: `--lock-timeout`, CPM_LOCK_TIMEOUT, the settings, five minutes */
  lockTimeout(config: Config, seconds: number | undefined): number
  /** has something done when the session ends, however it ends */
  atEnd(work: () => Promise<void>): void
  /** closes what was opened for the session */
  end(): Promise<void>
}

const DEFAULT_LOCK_TIMEOUT = 300

export interface SessionParts {
  /** the folder that relative paths start from */
  cwd: string
  env: EnvironmentVariables
  emit: Emit
  signal: AbortSignal
  cpmVersion: string
  prompts?: Prompts | undefined
  readInput?: () => Promise<Uint8Array>
  /** who runs the tasks; threads of the session's own without it */
  pool?: Pool | undefined
}

/** Opens a session; whoever opens it ends it. */
export function createSession(parts: SessionParts): Session {
  const { env, emit } = parts
  const pool = parts.pool ?? createPool()
  const endings = parts.pool ? [] : [() => pool.close()]
  return {
    ...parts,
    pool,
    now: () => new Date(),
    readInput: parts.readInput ?? (() => Promise.resolve(new Uint8Array())),
    config: async (project) => {
      const home = findHome(env)
      const settings = await loadConfig({ project, userFile: home?.config, emit })
      return home ? withContext(settings, home.contexts, env) : settings
    },
    home: (config) => {
      const home = locateHome(env, config.storage?.store)
      keepPrivate([home.root, home.keys, home.secrets, home.colonyKeys, home.runs])
      return home
    },
    homeIfAny: (config) => findHome(env, config.storage?.store),
    lockTimeout: (config, seconds) =>
      1000 *
      (seconds ?? numberFromEnv(env, 'CPM_LOCK_TIMEOUT') ?? config.security?.lockTimeout ?? DEFAULT_LOCK_TIMEOUT),
    atEnd: (work) => {
      endings.push(work)
    },
    end: async () => {
      for (const work of endings.splice(0).reverse()) await work()
    },
  }
}

/**
 * The settings with the registry of the context in use as that of the user. The contexts are read when a registry is asked for: damage in them
 * does not stop what needs none.
 */
function withContext({ registriesOf, ...settings }: Settings, file: string, env: EnvironmentVariables): Settings {
  return {
    ...settings,
    get registriesOf() {
      const registry = chosenContext(file, { env })?.registry
      const { user, project } = registriesOf
      return registry === undefined ? registriesOf : { user: { ...user, default: registry }, project }
    },
  }
}

/** Whether a pipeline runs us, as most say by the variable CI. */
export function isCi(env: EnvironmentVariables): boolean {
  return !['false', '0'].includes(env.get('CI') ?? 'false')
}
