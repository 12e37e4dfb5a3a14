import fs from 'node:fs'
import path from 'node:path'
import { blake3 } from '../../src/core/blake3.ts'
import { canonicalJson } from '../../src/core/canonical-json.ts'
import { publicKeyOf, sign } from '../../src/package/ed25519.ts'
import { preAuthEncoding, writeEnvelope, writeStatement } from '../../src/package/signed-envelope.ts'
import { firstOwnersRecord, ownersPayload, writeOwnersLine } from '../../src/package/owners.ts'
import * as tasks from '../../src/package/tasks.ts'
import { archiveKey, envelopeKey, indexKey, ownersKey } from '../../src/registry/layout.ts'
import { PAYLOAD_TYPE } from '../../src/schema/envelope.ts'
import { PackageManifest } from '../../src/schema/manifest.ts'
import { entry, gzip, tar } from '../package/forge.ts'
import { poolHere } from './in-process.ts'

const tasksHere = poolHere(true)

/** the secret key of its owner */
export const OWNER_SEED = Buffer.alloc(32, 11)
const OWNER = publicKeyOf(OWNER_SEED)

/** A registry of static files, made without cpm's checks: its owner signs anything. */
export class ForgedRegistry {
  readonly root: string

  constructor(root: string) {
    this.root = root
    this.#write('config.json', JSON.stringify({ schemaVersion: 1, id: 'forged', name: '', api: null }))
  }

  /**
   * Adds a release.
   * @param said what the envelope and index say about it, correctly signed
   * @param files what its archive contains instead
   */
  async add(said: Record<string, unknown>, files: Record<string, string | Uint8Array>): Promise<void> {
    const manifest = PackageManifest.parse({ apiVersion: 'v1', ...said })
    const { name, version } = manifest
    const sorted = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))
    const archive = this.#write(
      archiveKey(name, version),
      gzip(tar(sorted.map(([file, contents]) => entry(file, contents)))),
    )
    const { contents } = await tasksHere.run(tasks.inspect, { archive, limits: LARGE })
    const { table: _table, ...measured } = contents
    const digests = await tasksHere.run(tasks.digest, { file: archive })
    const payload = writeStatement(manifest, measured, digests)
    const envelope = writeEnvelope(payload, [
      { keyid: OWNER, sig: sign(preAuthEncoding(PAYLOAD_TYPE, payload), OWNER_SEED) },
    ])
    this.#write(envelopeKey(name, version), envelope)
    const owners = firstOwnersRecord(name, OWNER)
    this.#write(ownersKey(name), `${writeOwnersLine(owners, OWNER, sign(ownersPayload(owners), OWNER_SEED))}\n`)
    const { predicate } = JSON.parse(payload.toString()) as { predicate: Record<string, unknown> }
    const { dependencies, features, conditions, tree, size } = predicate
    this.append(name, {
      ...{ v: 1, type: 'publish', name, version, dependencies, features, conditions, tree, size },
      ...{ archiveSize: digests.size, envelope: blake3(envelope), owners: 1 },
      publishedAt: '2026-01-01T00:00:00.000Z',
    })
  }

  /** Appends a line to an index: a record, or a raw string. */
  append(name: string, record: Record<string, unknown> | string): void {
    const file = path.join(this.root, indexKey(name as never))
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.appendFileSync(file, `${typeof record === 'string' ? record : canonicalJson(record)}\n`)
  }

  #write(key: string, contents: string | Uint8Array): string {
    const file = path.join(this.root, key)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, contents)
    return file
  }
}

const LARGE = {
  packedBytes: 2 ** 30,
  unpackedBytes: 2 ** 30,
  ratio: 2000,
  files: 1000,
  folders: 1000,
  pathBytes: 2 ** 20,
}
