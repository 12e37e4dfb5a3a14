import type { EnvironmentVariables } from './environment-variables.ts'
import path from 'node:path'
import { CpmError } from './errors.ts'

/** The places under `$CPM_HOME`, one machine's state of one user (docs/formats.md, "Home"). */
export interface Home {
  readonly root: string
  readonly keys: string
  readonly registry: string
  readonly store: string
  readonly cache: string
  /** projects that cpm keeps for packages which are run without one */
  readonly environments: string
  readonly runs: string
  /** values of secrets while a run on this machine needs them, a folder a process */
  readonly secrets: string
  /** the key by which those are known again when a run is run again, mode 0600 */
  readonly secretsKey: string
  readonly config: string
  /** tokens for servers, mode 0600 */
  readonly credentials: string
  /** what the user decided about keys */
  readonly trust: string
  /** places to work at, by name */
  readonly contexts: string
  /** keys for colonies that belong to a context, mode 0600 */
  readonly colonyKeys: string
}

/**
 * @param env where `CPM_HOME` is looked up; without it the home is `~/.cpm`
 * @param store another place for the store, from the user's configuration
 */
export function locateHome(env: EnvironmentVariables, store?: string): Home {
  return homeAt(path.resolve(env.get('CPM_HOME') ?? path.join(env.homeFolder(), '.cpm')), store)
}

export function homeAt(root: string, store?: string): Home {
  return {
    root,
    keys: path.join(root, 'keys'),
    registry: path.join(root, 'registry'),
    store: path.join(store === undefined ? path.join(root, 'store') : path.resolve(root, store), 'v1'),
    cache: path.join(root, 'cache'),
    environments: path.join(root, 'environments'),
    runs: path.join(root, 'runs'),
    secrets: path.join(root, 'secrets'),
    secretsKey: path.join(root, 'secrets.key'),
    config: path.join(root, 'config.json'),
    credentials: path.join(root, 'credentials.json'),
    trust: path.join(root, 'trust.json'),
    contexts: path.join(root, 'contexts.json'),
    colonyKeys: path.join(root, 'colony-keys'),
  }
}

/** The same; undefined where the account has no home folder and nothing names one, as in many containers. */
export function findHome(env: EnvironmentVariables, store?: string): Home | undefined {
  try {
    return locateHome(env, store)
  } catch (error) {
    if (error instanceof CpmError && error.code === 'HOME_NOT_FOUND') return undefined
    throw error
  }
}
