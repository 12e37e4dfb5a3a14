import type { PublishRecord } from '../../schema/index-record.ts'
import type { LockedRelease } from '../../schema/lock.ts'
import type { PackageName } from '../../schema/name.ts'
import { canonicalJson } from '../../core/canonical-json.ts'
import { CpmError } from '../../core/errors.ts'
import type { Pool } from '../../core/pool.ts'
import type { ArtifactSource } from '../../core/ports.ts'
import { readOwnersChain } from '../../package/owners.ts'
import { resolverFields, type ResolverFields } from '../../package/signed-manifest.ts'
import * as tasks from '../../package/tasks.ts'
import type { VerifiedEnvelope } from '../../package/tasks/verify-envelopes.ts'
import type { Evidence } from './evidence.ts'
import type { Finding } from '../finding.ts'
import { refuseOtherOwners, rightOf } from './ownership.ts'
import type { Policy } from '../policy.ts'

export interface ProveLockOptions {
  evidence: Evidence
  pool: Pool
  policy: Policy
  /** asked for evidence that was not kept */
  source: ArtifactSource
}

export interface LockProof {
  readonly findings: readonly Finding[]
  /** what the owners signed of each manifest, where it was proven */
  readonly said: ReadonlyMap<PackageName, ResolverFields>
}

export const NOTHING_PROVEN: LockProof = { findings: [], said: new Map() }

/** Proves the lock itself: each of its digests and owners by an envelope whose signature is checked now, and by the policy. */
export async function proveLock(
  releases: readonly [PackageName, LockedRelease][],
  options: ProveLockOptions,
): Promise<LockProof> {
  const { evidence } = options
  const kept = releases.map(([name, locked]): Given => {
    const { version, registry } = locked
    const envelope = evidence.envelope(registry, name, version)
    const owners = evidence.owners(registry, name)
    return { name, locked, evidence: envelope && owners !== undefined ? { envelope, owners } : undefined }
  })
  const proofs = await proveAll(kept, options)
  for (let asked = 0; asked < MOST_QUESTIONS; asked++) {
    const doubted = [...proofs.keys()].filter((at) => isDoubted(proofs[at]))
    if (doubted.length === 0) break
    await proveAnew(kept, proofs, doubted, options)
  }
  const findings = kept.flatMap((given, at) => finding(given, proofs[at]))
  return { findings, said: new Map(kept.flatMap(({ name }, at) => saidOf(name, proofs[at]))) }
}

/** Evidence that was not kept, or was damaged since, is asked for; an answer that proves nothing is asked for once more. */
const MOST_QUESTIONS = 2

/** What the policy refuses stays refused. */
function isDoubted(proof: ResolverFields | CpmError | undefined): boolean {
  return proof instanceof CpmError && proof.code !== 'POLICY_REFUSED'
}

/** Asks the registry for the evidence of some packages, and replaces their proofs by what it proves. */
async function proveAnew(
  kept: readonly Given[],
  proofs: (ResolverFields | CpmError)[],
  places: readonly number[],
  options: ProveLockOptions,
): Promise<void> {
  const asked = await askAgain(
    kept.filter((_, at) => places.includes(at)),
    options,
  )
  const answers = await proveAll(asked, options)
  places.forEach((at, index) => {
    const [given, proof] = [asked[index], answers[index]]
    if (!given || !proof) return
    proofs[at] = proof
    const { name, locked, evidence } = given
    if (evidence && !(proof instanceof CpmError)) options.evidence.keep(locked.registry, name, locked.version, evidence)
  })
}

function saidOf(name: PackageName, proof: ResolverFields | CpmError | undefined): [PackageName, ResolverFields][] {
  return proof === undefined || proof instanceof CpmError ? [] : [[name, proof]]
}

function finding({ name, locked }: Given, problem: ResolverFields | CpmError | undefined): Finding[] {
  if (!(problem instanceof CpmError)) return []
  const ofPolicy = problem.code === 'POLICY_REFUSED'
  const said = { name, version: locked.version, problem: problem.message }
  if (problem.details.unchecked === true) return [{ ...said, unchecked: true }]
  return [{ ...said, ...(ofPolicy ? { ofPolicy } : { ofLock: true }) }]
}

interface Given {
  readonly name: PackageName
  readonly locked: LockedRelease
  readonly evidence:
    | { readonly envelope: Uint8Array; readonly owners: string; readonly record?: Pick<PublishRecord, 'owners'> }
    | undefined
}

/** What was signed of each manifest, or why the release is not proven by what is given for it. */
async function proveAll(
  given: readonly Given[],
  { pool, evidence, policy }: ProveLockOptions,
): Promise<(ResolverFields | CpmError)[]> {
  const envelopes = given.flatMap(({ name, locked, evidence }) =>
    evidence ? [{ label: `${name}@${locked.version}`, bytes: evidence.envelope }] : [],
  )
  const allowUnsigned = !policy.requireSignatures
  const verified = envelopes.length > 0 ? await pool.run(tasks.verifyEnvelopes, { envelopes, allowUnsigned }) : []
  const results = verified.values()
  return given.map((one) => {
    const envelope = one.evidence && results.next().value
    try {
      return prove(one, envelope, { evidence, policy })
    } catch (error) {
      if (error instanceof CpmError) return error
      throw error
    }
  })
}

/** @throws CpmError with what contradicts the lock */
function prove(
  { name, locked, evidence: given }: Given,
  envelope: VerifiedEnvelope | undefined,
  { evidence, policy }: Pick<ProveLockOptions, 'evidence' | 'policy'>,
): ResolverFields {
  if (!given)
    throw new CpmError(
      'DIGEST_MISMATCH',
      "its signature can't be checked: no envelope was kept, and no registry has one",
      {
        details: { unchecked: true },
      },
    )
  if (!envelope?.ok) throw envelope ? CpmError.fromJSON(envelope.error) : unproven('its envelope was not verified')
  const { predicate } = envelope.proven.statement
  const { version } = locked
  if (predicate.name !== name || predicate.version !== version)
    throw unproven('the envelope kept for it is of another package')
  if (predicate.tree !== locked.tree || predicate.tar.blake3 !== locked.tar)
    throw unproven('the lock promises other contents than its owners signed')
  const said = resolverFields(predicate)
  if (canonicalJson(said.dependencies) !== canonicalJson(locked.dependencies))
    throw unproven('the lock names other dependencies than its owners signed')
  const chain = readOwnersChain(name, given.owners)
  if ((chain[0]?.keys[0] ?? null) !== locked.owner) throw unproven('the lock names another first owner')
  const known = intact(name, evidence.owners(locked.registry, name))
  refuseOtherOwners(name, { chain, text: given.owners, known, before: locked, policy })
  // Evidence that was kept comes without the index record that told which set was in force: there any set of the chain may have signed.
  const right = rightOf(envelope.proven.signers, { chain, set: given.record?.owners ?? 'any' }, policy)
  if (!right) throw unproven('it is signed by none of its owners')
  policy.check({ name, version }, right.rightful, right.chain)
  return said
}

/** What was kept of a chain, unless it was damaged since: then it can’t be held against anybody. */
function intact(name: PackageName, text: string | undefined): string | undefined {
  try {
    if (text !== undefined) readOwnersChain(name, text)
    return text
  } catch {
    return undefined
  }
}

function unproven(fact: string): CpmError {
  return new CpmError('DIGEST_MISMATCH', fact)
}

async function askAgain(doubted: readonly Given[], { source }: ProveLockOptions): Promise<Given[]> {
  const ours = new Set<PackageName>()
  for (const { name, locked } of doubted) {
    if ((await source.registryOf(name)) === locked.registry) ours.add(name)
  }
  const releases = doubted.filter(({ name }) => ours.has(name))
  const offers = await source.offers(releases.map(({ name, locked: { version } }) => ({ name, version })))
  const found = new Map(releases.map(({ name }, index) => [name, offers[index]]))
  return doubted.map(({ name, locked }) => ({ name, locked, evidence: found.get(name) }))
}
