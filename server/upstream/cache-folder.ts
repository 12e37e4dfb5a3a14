import fs from 'node:fs'
import path from 'node:path'
import { makeFolders, readIfThere, writeFileAtomic } from '../../src/core/atomic-file.ts'
import { fileError } from '../../src/core/errors.ts'
import { safeJoin } from '../../src/core/safe-path.ts'
import { StagingArea } from '../../src/core/staging.ts'
import { stagingFolder } from '../../src/registry/layout.ts'

/** The folder with the proven files of an upstream registry. A file appears in it complete or not at all. */
export class CacheFolder {
  readonly root: string
  readonly #staging: StagingArea

  constructor(root: string) {
    this.root = root
    this.#staging = new StagingArea(stagingFolder(root))
    this.#staging.sweep()
  }

  /** Returns the path of a key. */
  pathOf(key: string): string {
    return safeJoin(this.root, key)
  }

  /** Removes the temporary files of unfinished downloads. */
  close(): void {
    this.#staging.removeOwn()
  }

  /** Makes a copy that no other process can change, to be proven and then placed. */
  async copy(file: string): Promise<string> {
    const copy = this.#temporary()
    try {
      await fs.promises.copyFile(file, copy, fs.constants.COPYFILE_FICLONE)
      return copy
    } catch (error) {
      throw fileError(error, 'copy', file)
    }
  }

  /** Stores the bytes of a key, unless they are stored already. */
  keep(key: string, bytes: Uint8Array | undefined): void {
    const file = this.pathOf(key)
    if (!bytes || readIfThere(file)?.equals(bytes) === true) return
    const temporary = this.#temporary()
    writeFileAtomic(temporary, bytes, { durable: false })
    this.#move(temporary, file)
  }

  /** Moves a proven file to the path of its key. */
  place(temporary: string, key: string): void {
    this.#move(temporary, this.pathOf(key))
  }

  #move(temporary: string, file: string): void {
    try {
      makeFolders(path.dirname(file))
      fs.renameSync(temporary, file)
    } catch (error) {
      throw fileError(error, 'write', file)
    }
  }

  /** Returns a path for a file that is not proven yet. Makes its folder, in case somebody has removed the cache. */
  #temporary(): string {
    const file = this.#staging.temporary()
    makeFolders(path.dirname(file))
    return file
  }
}
