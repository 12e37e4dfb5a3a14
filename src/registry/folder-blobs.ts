import fs from 'node:fs'
import type { Blobs } from '../core/ports.ts'
import { CpmError, fileError, systemCode } from '../core/errors.ts'
import { safeJoin } from '../core/safe-path.ts'

/** The static files of a registry in a folder. */
export class FolderBlobs implements Blobs {
  readonly label: string
  readonly #root: string

  constructor(root: string) {
    this.label = root
    this.#root = root
  }

  /** The file of a key, there or not. */
  locate(key: string): string {
    return safeJoin(this.#root, key)
  }

  async get(key: string, { maxBytes }: { maxBytes: number }): Promise<Uint8Array | undefined> {
    const file = this.locate(key)
    return this.#whenThere(file, () => {
      const { size } = fs.statSync(file)
      if (size > maxBytes) throw new CpmError('REGISTRY_INVALID', `${file} is larger than ${maxBytes} bytes`)
      return fs.readFileSync(file)
    })
  }

  async range(key: string, start: number, end: number): Promise<Uint8Array | undefined> {
    const file = this.locate(key)
    return this.#whenThere(file, () => {
      const fd = fs.openSync(file, 'r')
      try {
        const buffer = Buffer.alloc(Math.max(0, end - start))
        return buffer.subarray(0, fs.readSync(fd, buffer, 0, buffer.length, start))
      } finally {
        fs.closeSync(fd)
      }
    })
  }

  async head(key: string): Promise<{ size: number } | undefined> {
    const file = this.locate(key)
    return this.#whenThere(file, () => ({ size: fs.statSync(file).size }))
  }

  async #whenThere<T>(file: string, read: () => T): Promise<T | undefined> {
    try {
      return await Promise.resolve(read())
    } catch (error) {
      const code = systemCode(error)
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
      throw fileError(error, 'read', file)
    }
  }
}
