import os from 'node:os'
import path from 'node:path'
import { CpmError } from './errors.ts'

/**
 * Environment variables, with empty and blank ones counted as unset: shells and pipelines often set a variable to an
 * empty string or spaces when they have no value for it, and `CPM_HOME=` would otherwise mean the working folder. A
 * plain object does not satisfy this type, so all code reads variables through it.
 */
export class EnvironmentVariables {
  readonly #variables: NodeJS.ProcessEnv

  constructor(variables: NodeJS.ProcessEnv) {
    this.#variables = variables
  }

  /** Returns the value of a variable, or undefined if it is unset, empty or blank. */
  get(name: string): string | undefined {
    const value = this.#variables[name]
    return isBlank(value) ? undefined : value
  }

  /** Returns the names of all variables that start with `prefix` and are neither empty nor blank, sorted. */
  namesStartingWith(prefix: string): string[] {
    return Object.keys(this.#variables)
      .filter((name) => name.startsWith(prefix) && this.get(name) !== undefined)
      .sort()
  }

  /**
   * Returns whether a variable is set but empty or blank. For secrets only: there it means that a pipeline failed to
   * supply one.
   */
  isSetToNothing(name: string): boolean {
    return isBlank(this.#variables[name])
  }

  /** Returns a copy with one variable changed. */
  with(name: string, value: string): EnvironmentVariables {
    return new EnvironmentVariables({ ...this.#variables, [name]: value })
  }

  /** Returns the environment for a thread or process: this one, with some variables changed. */
  forChild(changes: Readonly<Record<string, string>>): Record<string, string> {
    return { ...(this.#variables as Record<string, string>), ...changes }
  }

  /** Returns the user's home folder, from HOME or the system's account. @throws CpmError HOME_NOT_FOUND */
  homeFolder(): string {
    const named = this.get(process.platform === 'win32' ? 'USERPROFILE' : 'HOME')
    return path.resolve(named ?? homeOfAccount())
  }
}

/** The environment of this process. Nothing else reads `process.env`. */
export const processEnvironment = new EnvironmentVariables(process.env)

/** Variables that libraries read directly, counting an empty or blank one as set. */
const READ_BY_LIBRARIES = ['CI', 'CONTINUOUS_INTEGRATION', 'NO_COLOR', 'FORCE_COLOR']

/** Unsets empty and blank variables that libraries would misread. Must run before the libraries load. */
export function unsetEmptyVariables(variables = process.env): void {
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- assigning undefined would set the string "undefined"
  for (const name of READ_BY_LIBRARIES) if (isBlank(variables[name])) delete variables[name]
}

function isBlank(value: string | undefined): boolean {
  return value?.trim() === ''
}

/** Reads the home folder from the system's accounts only: os.homedir() would return an empty HOME. */
function homeOfAccount(): string {
  try {
    const { homedir } = os.userInfo()
    if (homedir !== '') return homedir
  } catch {
    // the account has no entry
  }
  throw new CpmError('HOME_NOT_FOUND', 'HOME is not set and the account has no home folder', {
    hint: 'export CPM_HOME=/path/to/a/folder',
  })
}
