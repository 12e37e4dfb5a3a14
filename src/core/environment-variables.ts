import os from 'node:os'
import path from 'node:path'
import { CpmError } from './errors.ts'

/**
 * The environment as cpm reads it. A variable that is set to nothing counts as unset: shells and pipelines set a variable to nothing when they
 * have no value for it, and `CPM_HOME=` would otherwise mean the working folder. A plain object of variables does not fit where this type is
 * wanted, so a new variable can't be read in any other way.
 */
export class EnvironmentVariables {
  readonly #variables: NodeJS.ProcessEnv

  constructor(variables: NodeJS.ProcessEnv) {
    this.#variables = variables
  }

  /** The value of a variable; undefined where it is unset or empty. */
  get(name: string): string | undefined {
    const value = this.#variables[name]
    return value === '' ? undefined : value
  }

  /** Whether a variable is set to nothing: only for secrets, where that means that a pipeline failed to supply one. */
  isSetToNothing(name: string): boolean {
    return this.#variables[name] === ''
  }

  /** The same environment with another value for one variable. */
  with(name: string, value: string): EnvironmentVariables {
    return new EnvironmentVariables({ ...this.#variables, [name]: value })
  }

  /** The folder of the user: HOME, or what the system says of the account. @throws CpmError HOME_NOT_FOUND */
  homeFolder(): string {
    const named = this.get(process.platform === 'win32' ? 'USERPROFILE' : 'HOME')
    return path.resolve(named ?? homeOfAccount())
  }
}

/** The environment of this process: the only place that reads it. */
export const processEnvironment = new EnvironmentVariables(process.env)

/** What libraries read themselves, and take for set where it is empty. */
const READ_BY_LIBRARIES = ['CI', 'CONTINUOUS_INTEGRATION', 'NO_COLOR', 'FORCE_COLOR']

/** Unsets the empty variables that libraries would misread. Called once, before they are loaded. */
export function unsetEmptyVariables(variables = process.env): void {
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- assigning undefined would set the text "undefined"
  for (const name of READ_BY_LIBRARIES) if (variables[name] === '') delete variables[name]
}

/** os.homedir() would answer with an empty HOME; this asks the system's list of accounts alone. */
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
