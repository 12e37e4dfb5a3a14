import type { Published } from '../../src/schema/documents.ts'
import type { PackageName } from '../../src/schema/name.ts'
import { CpmError } from '../../src/core/errors.ts'
import type { FolderRegistry } from '../../src/registry/folder-registry.ts'
import type { Caller } from '../http/access.ts'
import { MOST_UPLOADS_AT_ONCE } from '../http/limits.ts'
import type { Part } from './parts.ts'
import { receiveUploads } from './receive.ts'
import type { Shelves } from './name-router.ts'

/** Takes publications: a bounded number at once, each under the rules of its sender’s token. */
export class Publishing {
  readonly #registry: FolderRegistry
  readonly #shelves: Shelves
  #underWay = 0

  constructor(registry: FolderRegistry, shelves: Shelves) {
    this.#registry = registry
    this.#shelves = shelves
  }

  async publish(parts: AsyncIterable<Part>, caller: Caller): Promise<Published[]> {
    if (this.#underWay >= MOST_UPLOADS_AT_ONCE)
      throw new CpmError('REGISTRY_BUSY', `${MOST_UPLOADS_AT_ONCE} publications are under way already`)
    this.#underWay++
    try {
      return await this.#registry.publish((folder) =>
        receiveUploads(parts, folder, ({ name }) => {
          caller.require('publish', name)
          requireOwnName(this.#shelves, name)
        }),
      )
    } finally {
      this.#underWay--
    }
  }
}

/** @throws CpmError REGISTRY_READONLY for a name that belongs to another registry */
export function requireOwnName(shelves: Shelves, name: PackageName): void {
  if (shelves.of(name).writable) return
  throw new CpmError('REGISTRY_READONLY', `${name} belongs to the registry that this one serves it from`, {
    hint: 'publish it there',
  })
}
