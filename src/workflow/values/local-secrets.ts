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
  /** the folder that contains the values while they are needed */
  parent: string
  /** the key of the hash that recognizes a value */
  keyFile: string
  /** the run that needs them */
  run: string
  /** where `env:NAME` is looked up */
  env: EnvironmentVariables
  /** the folder that `file:PATH` is relative to */
  cwd: string
}

/** What the record of a run keeps about its secrets: enough to provide them again, without revealing a value. */
export interface KeptSecrets {
  /** the first run that used them, which their folder is named after */
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
  /** the mark from an earlier run, which the value must still match */
  readonly mark?: string
}

const MAX_BYTES = 1024 * 1024

/**
 * Secrets of a run on this machine. Each value is in a file that only its user can read, and nodes get the path. The
 * files are removed when the command ends, or by the next command if it is killed. The paths depend only on the run's
 * id, because they appear in the workflow, in inputs and in outputs: a retry reads the values again and puts them at
 * the same paths.
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

  /** What the record must keep; set by `place`. */
  get kept(): KeptSecrets | undefined {
    return this.#kept
  }

  problem(reference: SecretReference): string | undefined {
    switch (reference.kind) {
      case 'secret':
        return 'can be resolved only in a colony: on this machine, use env:NAME or file:PATH'
      case 'env':
        return this.#options.env.get(reference.name) === undefined
          ? `is not set: the environment variable ${reference.name} is missing or empty`
          : undefined
      case 'file':
        return fileProblem(this.#locate(reference.path))
    }
  }

  /** Returns the path of the value's file, which `place` writes later. */
  text(name: string, reference: SecretReference): string {
    // Numbered, because two names may differ only in characters that are replaced.
    const file = this.#secrets.get(name)?.file ?? `${this.#secrets.size + 1}-${name.replace(/[^\w.-]/g, '_')}`
    this.#secrets.set(name, { name, reference, file })
    return path.join(this.#options.parent, this.#run, file)
  }

  /** Takes over the secrets of an earlier run, to put them at the same paths. */
  again({ run, files }: KeptSecrets): void {
    this.#run = run
    for (const { name, reference: written, file, mark } of files) {
      const reference = parseSecretReference(written)
      if (!reference) throw new Error(`${name} was kept without a reference`)
      this.#secrets.set(name, { name, reference, file, mark })
    }
  }

  /**
   * Writes the values. The caller must call `remove` afterwards.
   * @throws CpmError INPUT_INVALID if values of an earlier run are missing or changed, RUN_ACTIVE if another process
   * uses them
   */
  place(): void {
    if (this.#secrets.size === 0) return
    const { parent, keyFile } = this.#options
    const problems: string[] = []
    const folder = createStaging(parent)
    this.#close = () => {
      removeStaging(folder)
    }
    const key = markSecret(keyFile, path.join(folder, 'key'))
    const files: KeptSecret[] = []
    for (const { name, reference, file, mark: known } of this.#secrets.values()) {
      const source = this.#sourceOf(reference)
      const problem = known === undefined ? undefined : this.problem(reference)
      const value = problem === undefined ? this.#valueOf(reference) : ''
      const mark = key(`${this.#run}/${file}`, value)
      if (problem !== undefined) problems.push(`  ${name}, which was ${source}, ${problem}`)
      else if (known !== undefined && mark !== known) problems.push(`  ${name}, ${source}, has a different value now`)
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

  /** Returns the reference in a form that means the same in any working folder. */
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
  const fact = `the secrets of the run ${run} have changed, so it can't be run again:`
  return new CpmError('INPUT_INVALID', [fact, ...problems].join('\n'), {
    hint: 'restore them, or submit the package again with cpm submit',
  })
}

function fileProblem(file: string): string | undefined {
  try {
    const stat = fs.statSync(file)
    if (!stat.isFile()) return 'is not available: the path is not a regular file'
    if (stat.size > MAX_BYTES) return `is in a file that is larger than ${MAX_BYTES / 1024} KiB`
    fs.accessSync(file, fs.constants.R_OK)
    return undefined
  } catch (error) {
    return systemCode(error) === 'ENOENT'
      ? 'is not available: there is no such file'
      : "is in a file that can't be read"
  }
}
