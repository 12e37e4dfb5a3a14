import type { LockedRelease } from '../schema/lock.ts'
import type { PackageName } from '../schema/name.ts'
import { CpmError } from '../core/errors.ts'
import type { Pool } from '../core/pool.ts'
import type { ArtifactSource } from '../core/ports.ts'
import { readOwnersChain } from '../package/owners.ts'
import * as tasks from '../package/tasks.ts'
import type { VerifiedEnvelope } from '../package/tasks/verify-envelopes.ts'
import type { Evidence } from './evidence.ts'
import type { Finding } from './finding.ts'

export interface ProveLockOptions {
  evidence: Evidence
  pool: Pool
  /** asked for evidence that was not kept */
  source: ArtifactSource
}

/** Proves the lock itself: each of its digests and owners by an envelope whose signature is checked now. */
export async function proveLock(
  releases: readonly [PackageName, LockedRelease][],
  options: ProveLockOptions,
): Promise<Finding[]> {
  const { evidence } = options
  const kept = releases.map(([name, locked]): Given => {
    const { version, registry } = locked
    const envelope = evidence.envelope(registry, name, version)
    const owners = evidence.owners(registry, name)
    return { name, locked, evidence: envelope && owners !== undefined ? { envelope, owners } : undefined }
  })
  const first = await proveAll(kept, options)
  // What was not kept, or was damaged since, is asked for once more: a cache is no reason to fail.
  const doubted = kept.filter((_, index) => first[index] !== undefined)
  const asked = doubted.length > 0 ? await askAgain(doubted, options) : []
  const second = await proveAll(asked, options)
  return doubted.flatMap(({ name, locked }, index) => {
    const problem = second[index]
    return problem === undefined ? [] : [{ name, version: locked.version, problem, ofLock: true }]
  })
}

interface Given {
  readonly name: PackageName
  readonly locked: LockedRelease
  readonly evidence: { readonly envelope: Uint8Array; readonly owners: string } | undefined
}

/** Why each release is not proven by what is given for it; undefined where it is. */
async function proveAll(given: readonly Given[], { pool }: ProveLockOptions): Promise<(string | undefined)[]> {
  const envelopes = given.flatMap(({ name, locked, evidence }) =>
    evidence ? [{ label: `${name}@${locked.version}`, bytes: evidence.envelope }] : [],
  )
  const verified = envelopes.length > 0 ? await pool.run(tasks.verifyEnvelopes, { envelopes }) : []
  const results = verified.values()
  return given.map(({ name, locked, evidence }) =>
    evidence
      ? contradiction(name, locked, evidence.owners, results.next().value)
      : 'no envelope of it was kept, and no registry has one',
  )
}

async function askAgain(doubted: readonly Given[], { source, evidence }: ProveLockOptions): Promise<Given[]> {
  const ours = new Set<PackageName>()
  for (const { name, locked } of doubted) {
    if ((await source.registryOf(name)) === locked.registry) ours.add(name)
  }
  const releases = doubted.filter(({ name }) => ours.has(name))
  const offers = await source.offers(releases.map(({ name, locked: { version } }) => ({ name, version })))
  const found = new Map(releases.map(({ name }, index) => [name, offers[index]]))
  return doubted.map(({ name, locked }) => {
    const offer = found.get(name)
    if (offer) evidence.keep(locked.registry, name, locked.version, offer)
    return { name, locked, evidence: offer }
  })
}

function contradiction(
  name: PackageName,
  locked: LockedRelease,
  owners: string,
  envelope: VerifiedEnvelope | undefined,
): string | undefined {
  if (!envelope?.ok) return envelope?.error.message ?? 'its envelope was not verified'
  const { predicate } = envelope.proven.statement
  if (predicate.name !== name || predicate.version !== locked.version)
    return 'the envelope kept for it is of another package'
  if (predicate.tree !== locked.tree || predicate.tar.blake3 !== locked.tar)
    return 'the lock promises other contents than its owners signed'
  try {
    const chain = readOwnersChain(name, owners)
    if (chain[0]?.keys[0] !== locked.owner) return 'the lock names another first owner'
    if (!chain.some(({ keys }) => envelope.proven.signers.some((key) => keys.includes(key))))
      return 'it is signed by none of its owners'
    return undefined
  } catch (error) {
    if (error instanceof CpmError) return error.message
    throw error
  }
}
