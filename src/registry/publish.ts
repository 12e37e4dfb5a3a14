import fs from 'node:fs'
import path from 'node:path'
import type { Blake3, KeyId, Tree } from '../schema/digest.ts'
import { writeDependencies } from '../schema/dependency.ts'
import type { Emit } from '../schema/events.ts'
import { PackageName } from '../schema/name.ts'
import { INDEX_VERSION } from '../schema/index-record.ts'
import type { PackagePredicate } from '../schema/envelope.ts'
import type { Version } from '../schema/version.ts'
import { readIfThere, writeFileDurable } from '../core/atomic-file.ts'
import { blake3 } from '../core/blake3.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import { CpmError, fileError } from '../core/errors.ts'
import { commit, finishSealed } from '../core/journal.ts'
import { withLocks } from '../core/locks.ts'
import type { Pool } from '../core/pool.ts'
import { mapConcurrently } from '../core/pool.ts'
import { safeJoin } from '../core/safe-path.ts'
import { abandonedStagings, journalFile, removeStaging } from '../core/staging.ts'
import { readOwnersChain } from '../package/owners.ts'
import { admit, type Admitted } from './admit.ts'
import { emptyIndex, parseIndex } from './index-file.ts'
import { archiveKey, envelopeKey, indexKey, ownersKey, stagingFolder } from './layout.ts'
import { publishJournal, type PublishStep } from './publish-journal.ts'

/** A package that waits in a staging folder: its archive there, and the envelope that describes it. */
export interface StagedPackage {
  /** the archive's name in the staging folder */
  readonly file: string
  readonly envelope: Uint8Array
  /** the line that starts the name's chain of owners, signed; used when the name is new */
  readonly firstOwners: string
  readonly label: string
}

export interface Published {
  readonly name: PackageName
  readonly version: Version
  readonly tree: Tree
  /** `unchanged`: the same contents were published before */
  readonly outcome: 'published' | 'unchanged'
}

interface PublishOptions {
  pool: Pool
  registry: string
  staging: string
  lockTimeout: number
  now: Date
  emit: Emit
}

/**
 * Publishes packages as one operation: all of them are checked, then their steps are sealed, then they become visible one
 * by one, each whole (archive, envelope and owners before its index line). A crash before the seal leaves nothing, one after it
 * is finished by the next publication.
 */
export async function publish(packages: readonly StagedPackage[], options: PublishOptions): Promise<Published[]> {
  const { pool, registry, staging, lockTimeout, emit } = options
  const admitted = await mapConcurrently(packages, pool.parallel, ({ file, envelope, label }) =>
    admit(pool, path.join(staging, file), envelope, label),
  )
  refuseTwice(admitted)
  const names = [...new Set(admitted.map(({ predicate }) => predicate.name))]
  const locks = names.map((name) => safeJoin(registry, '.locks', name))
  const subject = names.length === 1 ? `${names[0]} in the registry ${registry}` : `the registry ${registry}`
  const underLocks = async (): Promise<Published[] | 'recover'> => {
    // Somebody who died since we looked: its journal may touch our names, and goes first.
    if (abandonedStagings(stagingFolder(registry)).some(({ sealed }) => sealed)) return 'recover'
    const steps: PublishStep[] = []
    const lengths = new Map<string, number>()
    const results = admitted.map((entry, number) => plan(entry, packages, number, steps, lengths, options))
    if (steps.length > 0) {
      syncStaged(staging, steps)
      commit(publishJournal(registry, staging), steps)
    }
    return Promise.resolve(results)
  }
  for (;;) {
    await recoverPublications(registry, { lockTimeout, emit })
    const results = await withLocks(locks, { subject, timeout: lockTimeout, emit }, underLocks)
    if (results === 'recover') continue
    for (const { outcome, name, version, tree } of results) {
      emit(outcome === 'published' ? { type: 'published', name, version, tree } : { type: 'unchanged', name, version })
    }
    return results
  }
}

/** Adds the steps that make one package visible; `lengths` follows the files that several packages append to. */
function plan(
  { predicate, signers }: Admitted,
  packages: readonly StagedPackage[],
  number: number,
  steps: PublishStep[],
  lengths: Map<string, number>,
  { registry, staging, now }: PublishOptions,
): Published {
  const staged = packages[number]
  if (!staged) throw new Error('a package was admitted that is not there')
  const { name, version, tree } = predicate
  const indexFile = safeJoin(registry, indexKey(name))
  const bytes = readIfThere(indexFile)
  const index = bytes ? parseIndex(name, bytes) : emptyIndex(name)
  // Versions that differ in case alone would share a folder on some systems.
  const before = [...index.releases.values()].find((record) => record.version.toLowerCase() === version.toLowerCase())
  if (before && (before.tree !== tree || before.version !== version)) {
    throw new CpmError('VERSION_EXISTS', `${name}@${version} is published already with other contents`, {
      hint: 'raise the version in colony.yaml',
      details: { name, version, published: before.tree, given: tree },
    })
  }
  const owners = whoMayPublish(registry, predicate, signers)
  if (before) return { name, version, tree, outcome: 'unchanged' }

  const append = (key: string, length: number, line: string) => {
    const at = lengths.get(key) ?? length
    steps.push({ do: 'append', key, at, line })
    lengths.set(key, at + Buffer.byteLength(line) + 1)
  }
  const envelopeFile = `${number}.dsse`
  writeFileDurable(path.join(staging, envelopeFile), staged.envelope)
  steps.push({ do: 'place', file: staged.file, key: archiveKey(name, version) })
  steps.push({ do: 'place', file: envelopeFile, key: envelopeKey(name, version) })
  if (owners.length === 0 && !lengths.has(ownersKey(name))) append(ownersKey(name), 0, staged.firstOwners)
  append(indexKey(name), index.length, publishLine(predicate, blake3(staged.envelope), Math.max(1, owners.length), now))
  return { name, version, tree, outcome: 'published' }
}

/** The chain of a name's owners, checked to have the signer in its last set. @throws CpmError OWNER_MISMATCH */
function whoMayPublish(registry: string, { name, version }: PackagePredicate, signers: readonly KeyId[]) {
  const chain = readOwnersChain(name, readIfThere(safeJoin(registry, ownersKey(name)))?.toString('utf8') ?? '')
  const owners = chain.at(-1)?.keys
  if (owners && !signers.some((key) => owners.includes(key))) {
    throw new CpmError(
      'OWNER_MISMATCH',
      `${name}@${version} is signed by ${signers.join(', ')}, which is no owner of ${name}`,
      {
        hint: `publish with a key of its owners: ${owners.join(', ')}`,
        details: { name, signers, owners },
      },
    )
  }
  return chain
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

interface RecoverOptions {
  lockTimeout: number
  emit: Emit
}

/**
 * Finishes or removes what crashed publications left. A sealed one is finished under the locks of its own names, so this is
 * called without holding any: two processes never wait for each other.
 */
export async function recoverPublications(registry: string, { lockTimeout, emit }: RecoverOptions): Promise<void> {
  for (const { folder, sealed } of abandonedStagings(stagingFolder(registry))) {
    if (sealed) {
      const locks = namesInJournal(folder).map((name) => safeJoin(registry, '.locks', name))
      await withLocks(locks, { subject: `the registry ${registry}`, timeout: lockTimeout, emit }, async () => {
        const finished = finishSealed(publishJournal(registry, folder))
        if (finished) emit({ type: 'recovered', what: 'registry', outcome: 'finished', subject: registry })
        return Promise.resolve()
      })
    } else {
      emit({ type: 'recovered', what: 'registry', outcome: 'undone', subject: registry })
    }
    removeStaging(folder)
  }
}

/** The names a journal appends to, read loosely: the journal itself is checked when it is applied. */
function namesInJournal(folder: string): PackageName[] {
  const text = readIfThere(journalFile(folder))?.toString('utf8') ?? ''
  const keys = [...text.matchAll(/"key":"index\/([^"\\]+)"/g)].map((match) => match[1])
  return [
    ...new Set(keys.map((key) => PackageName.safeParse(key)).flatMap((name) => (name.success ? [name.data] : []))),
  ]
}

function refuseTwice(admitted: readonly Admitted[]): void {
  const seen = new Set<string>()
  for (const { predicate } of admitted) {
    const id = `${predicate.name}@${predicate.version}`
    if (seen.has(id)) throw new CpmError('USAGE', `${id} was given twice`)
    seen.add(id)
  }
}

/** The seal promises that the files it names survive a power cut. */
function syncStaged(staging: string, steps: readonly PublishStep[]): void {
  for (const step of steps) {
    if (step.do !== 'place' || step.file.endsWith('.dsse')) continue
    const file = path.join(staging, step.file)
    try {
      const fd = fs.openSync(file, 'r+')
      fs.fsyncSync(fd)
      fs.closeSync(fd)
    } catch (error) {
      throw fileError(error, 'write', file)
    }
  }
}
