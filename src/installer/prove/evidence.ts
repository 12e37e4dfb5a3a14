import fs from 'node:fs'
import type { KeyId } from '../../schema/digest.ts'
import type { PackageName } from '../../schema/name.ts'
import type { RegistryId } from '../../schema/registry-config.ts'
import type { Version } from '../../schema/version.ts'
import { readIfThere, writeFileAtomic } from '../../core/atomic-file.ts'
import { ifPossible, ifWritable } from '../../core/errors.ts'
import { decodeText } from '../../core/text.ts'
import type { StagingArea } from '../../core/staging.ts'
import { safeJoin } from '../../core/safe-path.ts'
import { readOwnersChain } from '../../package/owners.ts'

/** A place that keeps envelopes and chains of owners. */
export interface KeptProofs {
  envelope(registry: RegistryId, name: PackageName, version: Version): Uint8Array | undefined
  owners(registry: RegistryId, name: PackageName): string | undefined
  /** the file with the envelope of a release, for messages */
  placeOf(registry: RegistryId, name: PackageName, version: Version): string
}

/** The envelopes and chains of owners with which earlier commands proved releases. */
export interface Evidence extends KeptProofs {
  /** the last known first key of the name; null for a name without owners, undefined if nothing readable is kept */
  firstOwner(registry: RegistryId, name: PackageName): KeyId | null | undefined
  keep(registry: RegistryId, name: PackageName, version: Version, proof: { envelope: Uint8Array; owners: string }): void
}

/** Keeps nothing, because evidence from one client must not prove anything to another. */
export const NO_EVIDENCE: Evidence = {
  envelope: () => undefined,
  owners: () => undefined,
  placeOf: () => '',
  firstOwner: () => undefined,
  keep: () => undefined,
}

/**
 * The evidence that proves installed packages without a registry: their envelopes and chains of owners, kept per
 * registry in `$CPM_HOME/cache`. The cache is not trusted: signatures are checked at each use.
 */
export class CachedEvidence implements Evidence {
  readonly #cache: string
  /** evidence from this process: in a read-only home it is kept only here */
  readonly #given = { envelopes: new Map<string, Uint8Array>(), owners: new Map<string, string>() }
  readonly #staging: StagingArea

  /** @param staging on the same file system as `cache` */
  constructor(cache: string, staging: StagingArea) {
    this.#cache = cache
    this.#staging = staging
  }

  envelope(registry: RegistryId, name: PackageName, version: Version): Uint8Array | undefined {
    const file = this.placeOf(registry, name, version)
    return readIfThere(file) ?? this.#given.envelopes.get(file)
  }

  owners(registry: RegistryId, name: PackageName): string | undefined {
    const file = this.#ownersFile(registry, name)
    const bytes = readIfThere(file)
    const decoded = bytes && decodeText(bytes)
    const text = decoded && 'text' in decoded ? decoded.text : undefined
    const records = text?.slice(0, text.lastIndexOf('\n') + 1)
    // A power failure may leave zeros instead of the last records, or of all: what is left of them says nothing.
    if (records !== undefined && (records !== '' || text === '')) return records
    return this.#given.owners.get(file)
  }

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
    const file = this.placeOf(registry, name, version)
    if (readIfThere(file)?.equals(envelope) === true) touch(file)
    else write(file, envelope)
    const ownersFile = this.#ownersFile(registry, name)
    if (readIfThere(ownersFile)?.toString('utf8') !== owners) write(ownersFile, owners)
    this.#given.envelopes.set(file, envelope)
    this.#given.owners.set(ownersFile, owners)
  }

  placeOf(registry: RegistryId, name: PackageName, version: Version): string {
    return safeJoin(this.#cache, registry, 'envelopes', name, `${version}.dsse`)
  }

  #ownersFile(registry: RegistryId, name: PackageName): string {
    return safeJoin(this.#cache, registry, 'owners', name)
  }
}

/** How old a file may be that is as good as new to `cpm cache clean`, which keeps young envelopes for running installs. */
const YOUNG = 1_800_000

function touch(file: string): void {
  const now = Date.now()
  ifPossible(() => {
    if (Math.abs(now - fs.statSync(file).mtimeMs) > YOUNG) fs.utimesSync(file, now / 1000, now / 1000)
  })
}
