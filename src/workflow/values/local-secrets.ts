import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileError, systemCode } from '../../core/errors.ts'
import { abandonedStagings, createStaging, removeStaging } from '../../core/staging.ts'
import type { SecretReference } from './secret-reference.ts'
import type { SecretPlan } from './secrets.ts'

interface LocalSecretsOptions {
  /** the folder below which the values are kept while they are needed */
  parent: string
  /** what `env:NAME` is looked up in */
  env: NodeJS.ProcessEnv
  /** what `file:PATH` is relative to */
  cwd: string
}

const MAX_BYTES = 1024 * 1024

/**
 * Secrets of a run on this machine: each value lies in a file that only its user can read, and what nodes get is the path. The
 * files go away with the command; those of one that was killed go away with the next.
 */
export class LocalSecrets implements SecretPlan {
  readonly #options: LocalSecretsOptions
  readonly #files = new Map<string, { file: string; reference: SecretReference }>()
  #folder: string | undefined

  constructor(options: LocalSecretsOptions) {
    this.#options = options
    for (const { folder } of abandonedStagings(options.parent)) removeStaging(folder)
  }

  problem(reference: SecretReference): string | undefined {
    switch (reference.kind) {
      case 'secret':
        return 'is known to the executors of a colony only: on this machine say env:NAME or file:PATH'
      case 'env':
        return (this.#options.env[reference.name] ?? '') === ''
          ? `is not there: the environment has no ${reference.name}, or an empty one`
          : undefined
      case 'file':
        return fileProblem(this.#locate(reference.path))
    }
  }

  /** The path that the value's file will have. Nothing is written yet. */
  text(name: string, reference: SecretReference): string {
    const known = this.#files.get(name)
    if (known) return known.file
    this.#folder ??= createStaging(this.#options.parent)
    // A number, since two names can be alike without what a file’s name can’t hold.
    const file = path.join(this.#folder, `${this.#files.size + 1}-${name.replace(/[^\w.-]/g, '_')}`)
    this.#files.set(name, { file, reference })
    return file
  }

  /** Writes the values. From here on `remove` is owed. */
  place(): void {
    for (const { file, reference } of this.#files.values()) {
      try {
        fs.writeFileSync(file, this.#valueOf(reference), { flag: 'wx', mode: 0o600 })
      } catch (error) {
        throw fileError(error, 'write', file)
      }
    }
  }

  remove(): void {
    if (this.#folder !== undefined) removeStaging(this.#folder)
    this.#folder = undefined
    this.#files.clear()
  }

  #valueOf(reference: SecretReference): string | Buffer {
    if (reference.kind === 'env') return this.#options.env[reference.name] ?? ''
    if (reference.kind === 'file') return fs.readFileSync(this.#locate(reference.path))
    throw new Error('a reference for a colony was accepted on this machine')
  }

  #locate(file: string): string {
    const home = this.#options.env.HOME ?? os.homedir()
    return path.resolve(this.#options.cwd, file.startsWith('~/') ? path.join(home, file.slice(2)) : file)
  }
}

function fileProblem(file: string): string | undefined {
  try {
    const stat = fs.statSync(file)
    if (!stat.isFile()) return 'is not there: what it names is not a regular file'
    if (stat.size > MAX_BYTES) return `is in a file that is larger than ${MAX_BYTES / 1024} KiB`
    fs.accessSync(file, fs.constants.R_OK)
    return undefined
  } catch (error) {
    return systemCode(error) === 'ENOENT' ? 'is not there: there is no such file' : 'is in a file that can’t be read'
  }
}
