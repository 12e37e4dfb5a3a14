import fs from 'node:fs'
import path from 'node:path'
import type { EnvironmentVariables } from '../../core/environment-variables.ts'
import { CpmError, fileError, systemCode } from '../../core/errors.ts'
import { createStaging, removeStaging } from '../../core/staging.ts'
import { openSecrets, removeAbandonedSecrets } from './secret-files.ts'
import { markSecret } from './secret-mark.ts'
import { parseSecretReference, type SecretReference } from './secret-reference.ts'
import type { SecretPlan } from './secrets.ts'

interface LocalSecretsOptions {
  /** the folder below which the values are kept while they are needed */
  parent: string
  /** the key by which a value is known again */
  keyFile: string
  /** the run that needs them */
  run: string
  /** what `env:NAME` is looked up in */
  env: EnvironmentVariables
  /** what `file:PATH` is relative to */
  cwd: string
}

/** What the record of a run keeps of its secrets: enough to put them in their places again, and nothing that tells a value. */
export interface KeptSecrets {
  /** the run that had them first, after which their folder is named */
  readonly run: string
  readonly files: readonly KeptSecret[]
}

interface KeptSecret {
  /** the input, as in messages */
  readonly name: string
  /** `env:NAME`, or `file:PATH` with an absolute path */
  readonly reference: string
  readonly file: string
  readonly mark: string
}

interface Secret {
  readonly name: string
  readonly reference: SecretReference
  readonly file: string
  /** of the value in an earlier run, which it must still have */
  readonly mark?: string
}

const MAX_BYTES = 1024 * 1024

/**
 * Secrets of a run on this machine: each value lies in a file that only its user can read, and what nodes get is the path. The
 * files go away with the command; those of one that was killed go away with the next. The paths are made of the run's id alone, since they
 * are in the workflow, in inputs and in outputs: a retry puts the values there again, from where they came from.
 */
export class LocalSecrets implements SecretPlan {
  readonly #options: LocalSecretsOptions
  readonly #secrets = new Map<string, Secret>()
  #run: string
  #kept: KeptSecrets | undefined
  #close: (() => void) | undefined

  constructor(options: LocalSecretsOptions) {
    this.#options = options
    this.#run = options.run
    removeAbandonedSecrets(options.parent)
  }

  /** What the record is to keep, once they are in their places. */
  get kept(): KeptSecrets | undefined {
    return this.#kept
  }

  problem(reference: SecretReference): string | undefined {
    switch (reference.kind) {
      case 'secret':
        return 'is known to the executors of a colony only: on this machine say env:NAME or file:PATH'
      case 'env':
        return this.#options.env.get(reference.name) === undefined
          ? `is not there: the environment has no ${reference.name}, or an empty one`
          : undefined
      case 'file':
        return fileProblem(this.#locate(reference.path))
    }
  }

  /** The path that the value's file will have. Nothing is written yet. */
  text(name: string, reference: SecretReference): string {
    // A number, since two names can be alike without what a file's name can't hold.
    const file = this.#secrets.get(name)?.file ?? `${this.#secrets.size + 1}-${name.replace(/[^\w.-]/g, '_')}`
    this.#secrets.set(name, { name, reference, file })
    return path.join(this.#options.parent, this.#run, file)
  }

  /** Takes those of an earlier run, to be put where they were then. */
  again({ run, files }: KeptSecrets): void {
    this.#run = run
    for (const { name, reference: written, file, mark } of files) {
      const reference = parseSecretReference(written)
      if (!reference) throw new Error(`${name} was kept without a reference`)
      this.#secrets.set(name, { name, reference, file, mark })
    }
  }

  /**
   * Writes the values. From here on `remove` is owed.
   * @throws CpmError INPUT_INVALID where values of an earlier run are gone or are others now, RUN_ACTIVE where another cpm has them in their places
   */
  place(): void {
    if (this.#secrets.size === 0) return
    const { parent, keyFile } = this.#options
    const key = markSecret(keyFile)
    const problems: string[] = []
    const folder = createStaging(parent)
    this.#close = () => {
      removeStaging(folder)
    }
    const files: KeptSecret[] = []
    for (const { name, reference, file, mark: known } of this.#secrets.values()) {
      const source = this.#sourceOf(reference)
      const problem = known === undefined ? undefined : this.problem(reference)
      const value = problem === undefined ? this.#valueOf(reference) : ''
      const mark = key(`${this.#run}/${file}`, value)
      if (problem !== undefined) problems.push(`  ${name}, which was ${source}, ${problem}`)
      else if (known !== undefined && mark !== known) problems.push(`  ${name}, ${source}, has another value now`)
      else write(path.join(folder, file), value)
      files.push({ name, reference: source, file, mark })
    }
    if (problems.length > 0) throw gone(this.#run, problems)
    this.#close = openSecrets({ parent, folder, run: this.#run })
    this.#kept = { run: this.#run, files }
  }

  remove(): void {
    this.#close?.()
    this.#close = undefined
    this.#secrets.clear()
  }

  #valueOf(reference: SecretReference): string | Buffer {
    if (reference.kind === 'env') return this.#options.env.get(reference.name) ?? ''
    if (reference.kind === 'secret') throw new Error('a reference for a colony was accepted on this machine')
    const file = this.#locate(reference.path)
    try {
      return fs.readFileSync(file)
    } catch (error) {
      throw fileError(error, 'read', file)
    }
  }

  /** A reference that means the same in any working folder. */
  #sourceOf(reference: SecretReference): string {
    return reference.kind === 'file' ? `file:${this.#locate(reference.path)}` : `${reference.kind}:${reference.name}`
  }

  #locate(file: string): string {
    const { cwd, env } = this.#options
    return path.resolve(cwd, file.startsWith('~/') ? path.join(env.homeFolder(), file.slice(2)) : file)
  }
}

function write(file: string, value: string | Buffer): void {
  try {
    fs.writeFileSync(file, value, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    throw fileError(error, 'write', file)
  }
}

function gone(run: string, problems: readonly string[]): CpmError {
  const fact = `the secrets of the run ${run} are not what they were, so it can't be run again:`
  return new CpmError('INPUT_INVALID', [fact, ...problems].join('\n'), {
    hint: 'bring them back, or submit the package anew with cpm submit',
  })
}

function fileProblem(file: string): string | undefined {
  try {
    const stat = fs.statSync(file)
    if (!stat.isFile()) return 'is not there: what it names is not a regular file'
    if (stat.size > MAX_BYTES) return `is in a file that is larger than ${MAX_BYTES / 1024} KiB`
    fs.accessSync(file, fs.constants.R_OK)
    return undefined
  } catch (error) {
    return systemCode(error) === 'ENOENT' ? 'is not there: there is no such file' : "is in a file that can't be read"
  }
}
