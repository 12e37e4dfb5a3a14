import type { Published } from '../../src/schema/documents.ts'
import type { PackageName } from '../../src/schema/name.ts'
import { CpmError } from '../../src/core/errors.ts'
import type { FolderRegistry } from '../../src/registry/folder-registry.ts'
import type { Caller } from '../http/access.ts'
import { UPLOAD_SHARES } from '../http/limits.ts'
import { Shares } from '../http/shares.ts'
import type { Part } from './parts.ts'
import { receiveUploads } from './receive.ts'
import type { NameRouter } from './name-router.ts'

/**
 * Accepts publications that the sender's token allows. An upload slot is taken only after the envelope has named a
 * package that the sender may publish; sending the first envelope takes a slot of a separate, cheaper kind.
 */
export class Publishing {
  readonly #registry: FolderRegistry
  readonly #router: NameRouter
  readonly #beginning = new Shares(UPLOAD_SHARES, 'publications')
  readonly #uploading = new Shares(UPLOAD_SHARES, 'publications')

  constructor(registry: FolderRegistry, router: NameRouter) {
    this.#registry = registry
    this.#router = router
  }

  async publish(parts: AsyncIterable<Part>, caller: Caller): Promise<Published[]> {
    const claimant = { token: caller.token().id, address: caller.address }
    const begun = this.#beginning.take(claimant)
    let uploading: (() => void) | undefined
    try {
      return await this.#registry.publish((folder) =>
        receiveUploads(parts, folder, ({ name }) => {
          caller.require('publish', name)
          requireOwnName(this.#router, name)
          uploading ??= this.#uploading.take(claimant)
          begun()
        }),
      )
    } finally {
      begun()
      uploading?.()
    }
  }
}

/** @throws CpmError REGISTRY_READONLY for a name that belongs to another registry */
export function requireOwnName(router: NameRouter, name: PackageName): void {
  if (router.of(name).writable) return
  throw new CpmError('REGISTRY_READONLY', `${name} belongs to the upstream registry`, {
    hint: 'publish it to the upstream registry',
  })
}
