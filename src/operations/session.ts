import type { EnvironmentVariables } from '../core/environment-variables.ts'
import type { Config } from '../schema/config.ts'
import type { Emit } from '../schema/events.ts'
import { loadConfig, numberFromEnv, type Settings } from '../core/config.ts'
import { isThere, keepPrivate } from '../core/atomic-file.ts'
import { findHome, type Home, locateHome } from '../core/home.ts'
import { createPool, type Pool } from '../core/pool.ts'
import type { Questions } from '../workflow/values/questions.ts'
import type { Hooks } from '../plugins/hooks.ts'
import { chosenContext } from './contexts.ts'
import { createEventFeed } from './plugins/event-feed.ts'

/** A question with an answer on one line, asked again until the answer is usable. */
export interface LineQuestion<T> {
  readonly text: string
  /** lines above the question */
  readonly above?: readonly string[]
  readonly read: (typed: string) => { value: T } | { problem: string }
}

/** Asks the user questions during an operation. */
export interface Prompts {
  /** Asks a yes-or-no question. */
  confirm(question: string): Promise<boolean>
  askLine<T>(question: LineQuestion<T>): Promise<T>
  /** Asks for values until all are answered or the input ends. */
  ask(questions: Questions): Promise<void>
}

/** What an operation works with. Expensive parts are created on first use. */
export interface Session {
  readonly cwd: string
  readonly env: EnvironmentVariables
  readonly emit: Emit
  /** whether nothing was emitted yet */
  readonly isQuiet: () => boolean
  /** milliseconds since 1970 */
  readonly since: number
  readonly signal: AbortSignal
  readonly cpmVersion: string
  /** undefined if the user can't be asked */
  readonly prompts?: Prompts | undefined
  readonly pool: Pool
  readonly now: () => Date
  /** reads all of standard input, for `-`; empty if there is none */
  readInput(): Promise<Uint8Array>
  /** the settings that apply to a project, or outside any project */
  config(project?: string): Promise<Settings>
  /** the paths under CPM_HOME; the user's settings can move the store */
  home(config: Config): Home
  /** the same, or undefined if there is no home, for work that can do without one */
  homeIfAny(config: Config): Home | undefined
  /** milliseconds to wait for a lock: `--lock-timeout`, CPM_LOCK_TIMEOUT, the settings, by default five minutes */
  lockTimeout(config: Config, seconds: number | undefined): number
  /** the hooks of the user's plugins and settings; undefined if there are none */
  hooks(): Promise<Hooks | undefined>
  /** registers work to do when the session ends, even after a failure */
  atEnd(work: () => Promise<void>): void
  /** ends the session and closes everything that it opened */
  end(): Promise<void>
}

const DEFAULT_LOCK_TIMEOUT = 300

export interface SessionParts {
  /** the folder that relative paths are resolved against */
  cwd: string
  env: EnvironmentVariables
  emit: Emit
  signal: AbortSignal
  cpmVersion: string
  prompts?: Prompts | undefined
  readInput?: () => Promise<Uint8Array>
  /** runs the tasks; by default the session starts its own threads */
  pool?: Pool | undefined
}

/** Creates a session. The caller must end it. */
export function createSession(parts: SessionParts): Session {
  const { env } = parts
  let isQuiet = true
  const emit: Emit = (event) => {
    isQuiet = false
    parts.emit(event)
    feed.push(event)
  }
  const pool = parts.pool ?? createPool()
  const endings = parts.pool ? [] : [() => pool.close()]
  let hooks: Promise<Hooks | undefined> | undefined
  const session: Session = {
    ...parts,
    emit,
    isQuiet: () => isQuiet,
    since: Date.now(),
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
    hooks: () => (hooks ??= loadHooksOf(session)),
    end: async () => {
      await feed.end()
      for (const work of endings.splice(0).reverse()) await work()
    },
  }
  const feed = createEventFeed(session)
  return session
}

/** Most users have neither plugins nor hooks, and then their code does not load. */
async function loadHooksOf(session: Session): Promise<Hooks | undefined> {
  const settings = await session.config()
  const home = session.homeIfAny(settings)
  if (!home || (settings.hooks === undefined && !isThere(home.pluginState))) return undefined
  const { loadHooks } = await import('./plugins/load-hooks.ts')
  return loadHooks(session, settings, home)
}

/**
 * Returns the settings with the registry of the current context as the user's default. The contexts are read only when
 * a registry is needed, so a damaged file does not affect anything else.
 */
function withContext({ registriesOf, ...settings }: Settings, file: string, env: EnvironmentVariables): Settings {
  let chosen: Settings['registriesOf'] | undefined
  return {
    ...settings,
    get registriesOf() {
      if (chosen) return chosen
      const registry = chosenContext(file, { env })?.registry
      const { user, project } = registriesOf
      return (chosen = registry === undefined ? registriesOf : { user: { ...user, default: registry }, project })
    },
  }
}

/** Returns whether cpm runs in a CI pipeline. Most CI systems set the variable CI. */
export function isCi(env: EnvironmentVariables): boolean {
  return !['false', '0'].includes(env.get('CI') ?? 'false')
}
