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
  /** asked for evidence that was not kept; undefined when there is none to ask */
  source: () => Promise<ArtifactSource | undefined>
}

/** Proves the lock itself: each of its digests and owners by an envelope whose signature is checked now. */
export async function proveLock(
  releases: readonly [PackageName, LockedRelease][],
  options: ProveLockOptions,
): Promise<Finding[]> {
  const { evidence, pool } = options
  const findings: Finding[] = []
  const given: { name: PackageName; locked: LockedRelease; bytes: Uint8Array; owners: string }[] = []
  for (const [name, locked] of releases) {
    const { version, registry } = locked
    const bytes = evidence.envelope(registry, name, version)
    const owners = evidence.owners(registry, name)
    const offered = bytes && owners !== undefined ? { envelope: bytes, owners } : await askAgain(name, locked, options)
    if (offered) given.push({ name, locked, bytes: offered.envelope, owners: offered.owners })
    else findings.push({ name, version, problem: 'no envelope of it was kept, and no registry has one' })
  }
  const verified = await pool.run(tasks.verifyEnvelopes, {
    envelopes: given.map(({ name, locked, bytes }) => ({ label: `${name}@${locked.version}`, bytes })),
  })
  given.forEach(({ name, locked, owners }, index) => {
    const problem = contradiction(name, locked, owners, verified[index])
    if (problem !== undefined) findings.push({ name, version: locked.version, problem })
  })
  return findings
}

async function askAgain(name: PackageName, locked: LockedRelease, { source, evidence }: ProveLockOptions) {
  const registry = await source()
  if (registry?.registry !== locked.registry) return undefined
  const offer = await registry.offer(name, locked.version)
  if (offer) evidence.keep(locked.registry, name, locked.version, offer)
  return offer
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
