import type { Blobs, AppendOnlyFile, LocalFile } from '../core/ports.ts'
import { CpmError } from '../core/errors.ts'
import { readRegular, regularStats } from '../core/regular-file.ts'
import { safeJoin } from '../core/safe-path.ts'

/** The static files of a folder registry. */
export class FolderBlobs implements Blobs {
  readonly label: string
  readonly #root: string

  constructor(root: string) {
    this.label = root
    this.#root = root
  }

  async get(key: string, { maxBytes }: { maxBytes: number }): Promise<Uint8Array | undefined> {
    const file = safeJoin(this.#root, key)
    const size = regularStats(file)?.size
    if (size === undefined) return Promise.resolve(undefined)
    if (size > maxBytes) throw new CpmError('REGISTRY_INVALID', `${file} is larger than ${maxBytes} bytes`)
    return readRegular(file)
  }

  async readTail(
    key: string,
    _before: AppendOnlyFile | undefined,
    limit: { maxBytes: number },
  ): Promise<AppendOnlyFile | undefined> {
    // Taken first: if the file grows meanwhile, the stamp is older than the bytes, and the next comparison fails.
    const tag = this.stamp(key)
    const bytes = await this.get(key, limit)
    return bytes && { bytes, tag }
  }

  /** Returns the path of a file. @throws CpmError if a link leads out of the folder */
  path(key: string): string {
    return safeJoin(this.#root, key)
  }

  /** Identifies the current contents of a file by what the file system says about it; undefined if it is missing. */
  stamp(key: string): string | undefined {
    const stats = regularStats(safeJoin(this.#root, key))
    return stats && [stats.dev, stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs].join('-')
  }

  async file(key: string): Promise<LocalFile | undefined> {
    const file = safeJoin(this.#root, key)
    const there = regularStats(file) !== undefined
    return Promise.resolve(there ? { path: file, release: () => undefined } : undefined)
  }
}
