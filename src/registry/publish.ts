import path from 'node:path'
import type { Blake3, KeyId } from '../schema/digest.ts'
import { writeDependencies } from '../schema/dependency.ts'
import type { Published } from '../schema/documents.ts'
import type { PackagePredicate } from '../schema/envelope.ts'
import { INDEX_VERSION } from '../schema/index-record.ts'
import type { PackageName } from '../schema/name.ts'
import { writeFileDurable } from '../core/atomic-file.ts'
import { blake3 } from '../core/blake3.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import { CpmError, fileError } from '../core/errors.ts'
import type { Pool } from '../core/pool.ts'
import { mapConcurrently } from '../core/concurrency.ts'
import type { Upload } from '../core/ports.ts'
import { readRegular } from '../core/regular-file.ts'
import { UPGRADE } from '../core/newer-format.ts'
import { safeJoin } from '../core/safe-path.ts'
import { type OwnersChain, readOwnersChain, whoMaySign } from '../package/owners.ts'
import { admit, type Admitted } from './admit.ts'
import { changeRegistry, type ChangeOptions } from './change.ts'
import { emptyIndex, parseIndex } from './index-file.ts'
import { archiveKey, envelopeKey, indexKey, ownersKey } from './layout.ts'
import type { PublishStep } from './publish-journal.ts'

interface PublishOptions extends ChangeOptions {
  pool: Pool
  now: Date
}

/** The results of a publication, with its packages. */
export interface Publication {
  readonly admitted: readonly Admitted[]
  readonly results: readonly Published[]
}

/**
 * Publishes packages as one operation: all of them are checked, then their steps are sealed, then they become visible
 * one by one, each with its archive, envelope and owners before its index line.
 */
export async function publish(uploads: readonly Upload[], options: PublishOptions): Promise<Publication> {
  const { pool, staging, emit } = options
  const admitted = await mapConcurrently(uploads, pool.parallel, ({ name, version, file, envelope }) =>
    admit(pool, safeJoin(staging, file), envelope, `${name}@${version}`),
  )
  refuseTwice(admitted)
  const names = [...new Set(admitted.map(({ predicate }) => predicate.name))]
  const results = await changeRegistry(names, options, () => {
    const planned = new PlannedSteps()
    const result = admitted.map((entry, number) => plan(entry, uploads, number, planned, options))
    return { steps: planned.steps, result }
  })
  for (const { outcome, name, version, tree } of results) {
    emit(outcome === 'published' ? { type: 'published', name, version, tree } : { type: 'unchanged', name, version })
  }
  return { admitted, results }
}

/** Steps being planned; tracks the length of files that several packages append to. */
class PlannedSteps {
  readonly steps: PublishStep[] = []
  readonly #lengths = new Map<string, number>()

  place(file: string, key: string): void {
    this.steps.push({ do: 'place', file, key })
  }

  /** @param length the length of the file before any of these steps */
  append(key: string, length: number, line: string): void {
    const at = this.#lengths.get(key) ?? length
    this.steps.push({ do: 'append', key, at, line })
    this.#lengths.set(key, at + Buffer.byteLength(line) + 1)
  }

  has(key: string): boolean {
    return this.#lengths.has(key)
  }
}

/** Adds the steps that make one package visible. */
function plan(
  { predicate, signers }: Admitted,
  uploads: readonly Upload[],
  number: number,
  planned: PlannedSteps,
  { registry, staging, now }: PublishOptions,
): Published {
  const upload = uploads[number]
  if (!upload) throw new Error('an admitted package has no upload')
  const { name, version, tree } = predicate
  // Check the owner first, so that others only learn that the name is not theirs.
  const chain = readChain(registry, name)
  const isNew = chain.length === 0
  requireOwner(predicate, signers, isNew ? firstOwners(predicate, signers, upload) : chain)
  const bytes = readRegular(safeJoin(registry, indexKey(name)))
  const index = bytes ? parseIndex(name, bytes) : emptyIndex(name)
  // Versions that differ only in case share a folder on some systems.
  const before = [...index.releases.values()].find((record) => record.version.toLowerCase() === version.toLowerCase())
  if (before && (before.tree !== tree || before.version !== version)) {
    throw new CpmError('VERSION_EXISTS', `${name}@${version} is already published with different contents`, {
      hint: 'raise the version in colony.yaml',
      details: { name, version, published: before.tree, given: tree },
    })
  }
  if (before) return { name, version, tree, outcome: 'unchanged' }
  if (index.newer.has(version.toLowerCase()))
    throw new CpmError('VERSION_EXISTS', `${name}@${version} was published by a newer cpm`, { hint: UPGRADE })

  const envelopeFile = `${number}.dsse`
  writeEnvelope(path.join(staging, envelopeFile), upload.envelope)
  planned.place(upload.file, archiveKey(name, version))
  planned.place(envelopeFile, envelopeKey(name, version))
  if (isNew && !planned.has(ownersKey(name))) planned.append(ownersKey(name), 0, upload.firstOwners)
  const line = publishLine(predicate, blake3(upload.envelope), Math.max(1, chain.length), now)
  planned.append(indexKey(name), index.length, line)
  return { name, version, tree, outcome: 'published' }
}

/** Returns a name's chain of owners in the registry; empty for a new name. @throws CpmError OWNER_MISMATCH */
export function readChain(registry: string, name: PackageName): OwnersChain {
  return readOwnersChain(name, readRegular(safeJoin(registry, ownersKey(name)))?.toString('utf8') ?? '')
}

/** Returns the chain of owners that a new name starts with: one record, checked like an existing chain. */
function firstOwners(
  { name }: PackagePredicate,
  signers: readonly KeyId[],
  { firstOwners: line }: Upload,
): OwnersChain {
  const chain = line.includes('\n') ? [] : readOwnersChain(name, `${line}\n`)
  if (chain.length === 1 && whoMaySign(chain, signers, 'newest').rightful.length > 0) return chain
  throw new CpmError('OWNER_MISMATCH', `the first owners of ${name} did not sign its first version`)
}

/** @throws CpmError OWNER_MISMATCH unless the last set of owners has one of the signers */
function requireOwner({ name, version }: PackagePredicate, signers: readonly KeyId[], chain: OwnersChain): void {
  const { rightful, owners } = whoMaySign(chain, signers, 'newest')
  if (rightful.length > 0) return
  throw new CpmError(
    'OWNER_MISMATCH',
    `${name}@${version} is signed by ${signers.join(', ')}, not by an owner of ${name}`,
    {
      hint: `publish with the key of an owner: ${owners.join(', ')}`,
      details: { name, signers, owners },
    },
  )
}

function publishLine(predicate: PackagePredicate, envelope: Blake3, owners: number, now: Date): string {
  const { name, version, dependencies, features, conditions, tree, size, archives } = predicate
  return canonicalJson({
    v: INDEX_VERSION,
    type: 'publish',
    name,
    version,
    dependencies: writeDependencies(dependencies),
    features,
    conditions,
    tree,
    size,
    archiveSize: archives[0]?.size,
    envelope,
    owners,
    publishedAt: now.toISOString(),
  })
}

function refuseTwice(admitted: readonly Admitted[]): void {
  const seen = new Set<string>()
  for (const { predicate } of admitted) {
    const id = `${predicate.name}@${predicate.version}`
    // Versions that differ only in case share a folder on some systems.
    if (seen.has(id.toLowerCase())) throw new CpmError('USAGE', `${id} is listed twice`)
    seen.add(id.toLowerCase())
  }
}

function writeEnvelope(file: string, envelope: Uint8Array): void {
  try {
    writeFileDurable(file, envelope)
  } catch (error) {
    throw fileError(error, 'write', file)
  }
}
