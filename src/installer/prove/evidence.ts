import type { KeyId } from '../../schema/digest.ts'
import type { PackageName } from '../../schema/name.ts'
import type { RegistryId } from '../../schema/registry-config.ts'
import type { Version } from '../../schema/version.ts'
import { readIfThere, writeFileAtomic } from '../../core/atomic-file.ts'
import { ifWritable } from '../../core/errors.ts'
import { decodeText } from '../../core/text.ts'
import type { StagingArea } from '../../core/staging.ts'
import { safeJoin } from '../../core/safe-path.ts'
import { readOwnersChain } from '../../package/owners.ts'

/**
 * What proves installed packages when no registry can be asked: their envelopes and the chains of owners, kept by registry in
 * `$CPM_HOME/cache`. Nothing here is believed for being here: signatures are checked at each use.
 */
export class Evidence {
  readonly #cache: string
  readonly #staging: StagingArea

  /** @param staging on the same file system as `cache` */
  constructor(cache: string, staging: StagingArea) {
    this.#cache = cache
    this.#staging = staging
  }

  envelope(registry: RegistryId, name: PackageName, version: Version): Uint8Array | undefined {
    return readIfThere(this.#envelopeFile(registry, name, version))
  }

  owners(registry: RegistryId, name: PackageName): string | undefined {
    const bytes = readIfThere(this.#ownersFile(registry, name))
    const decoded = bytes && decodeText(bytes)
    return decoded && 'text' in decoded ? decoded.text : undefined
  }

  /** The key that began the name, as it was last seen; null for a name without owners, undefined where nothing readable was kept. */
  firstOwner(registry: RegistryId, name: PackageName): KeyId | null | undefined {
    const text = this.owners(registry, name)
    if (text === undefined) return undefined
    try {
      return readOwnersChain(name, text)[0]?.keys[0] ?? null
    } catch {
      return undefined
    }
  }

  keep(
    registry: RegistryId,
    name: PackageName,
    version: Version,
    { envelope, owners }: { envelope: Uint8Array; owners: string },
  ): void {
    const write = (file: string, contents: string | Uint8Array) => {
      ifWritable(() => {
        writeFileAtomic(file, contents, { durable: false, temporary: this.#staging.temporary() })
      })
    }
    const file = this.#envelopeFile(registry, name, version)
    if (!readIfThere(file)?.equals(envelope)) write(file, envelope)
    if (this.owners(registry, name) !== owners) write(this.#ownersFile(registry, name), owners)
  }

  #envelopeFile(registry: RegistryId, name: PackageName, version: Version): string {
    return safeJoin(this.#cache, registry, 'envelopes', name, `${version}.dsse`)
  }

  #ownersFile(registry: RegistryId, name: PackageName): string {
    return safeJoin(this.#cache, registry, 'owners', name)
  }
}
