import fs from 'node:fs'
import type { PublishRecord } from '../../src/schema/index-record.ts'
import type { Pool } from '../../src/core/pool.ts'
import type { Blobs } from '../../src/core/ports.ts'
import { admit } from '../../src/registry/admit.ts'
import { archiveKey } from '../../src/registry/layout.ts'
import type { CacheFolder } from './cache-folder.ts'
import { missingUpstream } from './missing-upstream.ts'

interface ArchivesParts {
  blobs: Blobs
  pool: Pool
}

/** The archives of an upstream registry, proven before they are cached. */
export class UpstreamArchives {
  readonly #folder: CacheFolder
  readonly #parts: ArchivesParts

  constructor(folder: CacheFolder, parts: ArchivesParts) {
    this.#folder = folder
    this.#parts = parts
  }

  /** Downloads an archive and checks it as if a stranger had published it. Only then does it get its final name. */
  async ensure(record: PublishRecord, envelope: Uint8Array): Promise<void> {
    const { name, version, archiveSize } = record
    const key = archiveKey(name, version)
    if (fs.statSync(this.#folder.pathOf(key), { throwIfNoEntry: false })?.size === archiveSize) return
    const lent = await this.#parts.blobs.file(key, { size: archiveSize })
    if (!lent) throw missingUpstream(`the archive of ${name}@${version}`)
    try {
      const copy = await this.#folder.copy(lent.path)
      // Prove the copy that will be served, since no other process can change it.
      await admit(this.#parts.pool, copy, envelope, `${name}@${version}`)
      this.#folder.place(copy, key)
    } finally {
      lent.release()
    }
  }
}
