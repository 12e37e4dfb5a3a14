import fs from 'node:fs'
import type { PublishRecord } from '../../src/schema/index-record.ts'
import { readIfThere } from '../../src/core/atomic-file.ts'
import { blake3 } from '../../src/core/blake3.ts'
import { CpmError } from '../../src/core/errors.ts'
import type { Blobs } from '../../src/core/ports.ts'
import { MAX_ENVELOPE_BYTES, readEnvelope } from '../../src/package/signed-envelope.ts'
import { requireIndexed } from '../../src/package/indexed.ts'
import { readOwnersChain, whoMaySign } from '../../src/package/owners.ts'
import { archiveKey, envelopeKey } from '../../src/registry/layout.ts'
import type { CacheFolder } from './cache-folder.ts'
import { missingUpstream } from './missing-upstream.ts'

/** The envelopes of an upstream registry, proven before they are cached. */
export class UpstreamEnvelopes {
  readonly #folder: CacheFolder
  readonly #blobs: Blobs

  constructor(folder: CacheFolder, blobs: Blobs) {
    this.#folder = folder
    this.#blobs = blobs
  }

  /** Returns the envelope of a release, from the cache or from upstream. */
  async ensure(record: PublishRecord, owners: string): Promise<Uint8Array> {
    const { name, version } = record
    const key = envelopeKey(name, version)
    const cached = readIfThere(this.#folder.pathOf(key))
    if (cached && blake3(cached) === record.envelope) return cached
    const envelope = await this.#blobs.get(key, { maxBytes: MAX_ENVELOPE_BYTES })
    if (!envelope) throw missingUpstream(`the envelope of ${name}@${version}`)
    proveEnvelope(record, envelope, owners)
    // If part of the cache was removed, the cached archive may have been proven by another envelope.
    fs.rmSync(this.#folder.pathOf(archiveKey(name, version)), { force: true })
    this.#folder.keep(key, envelope)
    return envelope
  }
}

/** Checks an envelope against its index record and the owners that the record names. */
function proveEnvelope(record: PublishRecord, envelope: Uint8Array, owners: string): void {
  const label = `${record.name}@${record.version}`
  const { statement, signers } = readEnvelope(envelope, label)
  requireIndexed(record, blake3(envelope), statement.predicate)
  const { rightful } = whoMaySign(readOwnersChain(record.name, owners), signers, record.owners)
  if (rightful.length === 0)
    throw new CpmError('OWNER_MISMATCH', `${label} is signed by ${signers.join(', ')}, not by an owner`)
}
