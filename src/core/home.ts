import type { EnvironmentVariables } from './environment-variables.ts'
import path from 'node:path'
import { CpmError } from './errors.ts'

/** Paths below `$CPM_HOME`, the state of one user on one machine (docs/formats.md, "Home"). */
export interface Home {
  readonly root: string
  readonly keys: string
  readonly registry: string
  readonly store: string
  readonly cache: string
  /** projects that cpm keeps for packages that run outside of any project */
  readonly environments: string
  /** the roots of globally installed packages: `<name>/<version>`, each a project */
  readonly packages: string
  /** links to the executables of globally installed packages */
  readonly bin: string
  /** which packages are installed globally */
  readonly state: string
  readonly runs: string
  /** secrets of running workflows, in one folder per process */
  readonly secrets: string
  /** key for recognizing unchanged secrets when a run is retried, mode 0600 */
  readonly secretsKey: string
  readonly config: string
  /** tokens for servers, mode 0600 */
  readonly credentials: string
  /** the user's decisions about keys */
  readonly trust: string
  /** contexts, by name */
  readonly contexts: string
  /** the colony key of each context, mode 0600 */
  readonly colonyKeys: string
  /** plugins: files and folders of the user, and packages */
  readonly plugins: string
  /** which plugins the user approved, mode 0600 */
  readonly pluginState: string
  /** a folder for each plugin that may keep data */
  readonly pluginData: string
}

/**
 * Locates the home: `CPM_HOME`, or `~/.cpm`.
 * @param store another folder for the store, from the user's configuration
 */
export function locateHome(env: EnvironmentVariables, store?: string): Home {
  return homeAt(path.resolve(env.get('CPM_HOME') ?? path.join(env.homeFolder(), '.cpm')), store)
}

export function homeAt(root: string, store?: string): Home {
  return {
    root,
    keys: path.join(root, 'keys'),
    registry: path.join(root, 'registry'),
    store: storeIn(store === undefined ? path.join(root, 'store') : path.resolve(root, store)),
    cache: path.join(root, 'cache'),
    environments: path.join(root, 'environments'),
    packages: path.join(root, 'packages'),
    bin: path.join(root, 'bin'),
    state: path.join(root, 'state.json'),
    runs: path.join(root, 'runs'),
    secrets: path.join(root, 'secrets'),
    secretsKey: path.join(root, 'secrets.key'),
    config: path.join(root, 'config.json'),
    credentials: path.join(root, 'credentials.json'),
    trust: path.join(root, 'trust.json'),
    contexts: path.join(root, 'contexts.json'),
    colonyKeys: path.join(root, 'colony-keys'),
    plugins: path.join(root, 'plugins'),
    pluginState: path.join(root, 'plugins.json'),
    pluginData: path.join(root, 'plugin-data'),
  }
}

/** Returns the store in a folder, in the format that this cpm reads. */
export function storeIn(folder: string): string {
  return path.join(folder, 'v1')
}

/**
 * Like `locateHome`, but returns undefined if the account has no home folder and CPM_HOME is not set, as in many
 * containers.
 */
export function findHome(env: EnvironmentVariables, store?: string): Home | undefined {
  try {
    return locateHome(env, store)
  } catch (error) {
    if (error instanceof CpmError && error.code === 'HOME_NOT_FOUND') return undefined
    throw error
  }
}
