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
 * Takes publications, each under the rules of its sender's token. A place among those that upload is given only once the envelope has told
 * which package it is and the sender may publish it; to send the first envelope needs a place of another kind, which costs little.
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
  throw new CpmError('REGISTRY_READONLY', `${name} belongs to the registry that this one serves it from`, {
    hint: 'publish it there',
  })
}
