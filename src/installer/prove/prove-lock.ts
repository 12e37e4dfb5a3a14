import type { PublishRecord } from '../../schema/index-record.ts'
import type { LockedRelease } from '../../schema/lock.ts'
import type { PackageName } from '../../schema/name.ts'
import { canonicalJson } from '../../core/canonical-json.ts'
import { CpmError } from '../../core/errors.ts'
import type { Pool } from '../../core/pool.ts'
import type { ArtifactSource, Offer } from '../../core/ports.ts'
import { readOwnersChain } from '../../package/owners.ts'
import { resolverFields, type ResolverFields } from '../../package/signed-manifest.ts'
import * as tasks from '../../package/tasks.ts'
import type { VerifiedEnvelope } from '../../package/tasks/verify-envelopes.ts'
import type { CarriedProofs } from './carried-proofs.ts'
import type { Evidence, KeptProofs } from './evidence.ts'
import type { Finding } from '../finding.ts'
import { refuseOtherOwners, rightOf } from './ownership.ts'
import type { Policy } from '../policy.ts'

export interface ProveLockOptions {
  evidence: Evidence
  /** what came with a copy of the project */
  carried: CarriedProofs
  pool: Pool
  policy: Policy
  /** asked for evidence that was not kept */
  source: ArtifactSource
}

export interface LockProof {
  readonly findings: readonly Finding[]
  /** what the owners signed of each manifest, where it was proven */
  readonly said: ReadonlyMap<PackageName, ResolverFields>
  /** those that only what came with the project proves: nothing is known here of what its owners did since */
  readonly carried: readonly PackageName[]
  /** why no registry gave what was not kept, where one could not be asked */
  readonly unasked: CpmError | undefined
}

export const NOTHING_PROVEN: LockProof = { findings: [], said: new Map(), carried: [], unasked: undefined }

/**
 * Proves the lock itself: each of its digests and owners by an envelope whose signature is checked now, and by the policy. What this
 * machine kept is tried first, then what came with the project. What is in neither, or was damaged since, is asked for: a cache is no
 * reason to fail. What the policy refuses stays refused.
 */
export async function proveLock(
  releases: readonly [PackageName, LockedRelease][],
  options: ProveLockOptions,
): Promise<LockProof> {
  const { evidence, carried } = options
  const attempts = new Attempts(releases, options)
  await attempts.tryAll(keptBy(evidence))
  const proven = attempts.names
  await attempts.tryAll(keptBy(carried))
  const byCarried = [...attempts.names].filter((name) => !proven.has(name))
  const unasked = await tryAnswers(attempts, options)
  return { findings: attempts.findings(unasked), said: attempts.said, carried: byCarried, unasked }
}

/** Evidence that was not kept, or was damaged since, is asked for; an answer that proves nothing is asked for once more. */
const MOST_QUESTIONS = 2

/** Asks registries for what is still open, and keeps what proves it. @returns why one could not be asked */
async function tryAnswers(attempts: Attempts, options: ProveLockOptions): Promise<CpmError | undefined> {
  for (let times = 0; times < MOST_QUESTIONS && attempts.open.length > 0; times++) {
    const { open } = attempts
    const { offers, unasked } = await askFor(open, options)
    if (unasked) return unasked
    await attempts.tryAll(({ name }) => offers.get(name))
    for (const { name, locked } of open) {
      const offer = offers.get(name)
      if (offer && attempts.said.has(name)) options.evidence.keep(locked.registry, name, locked.version, offer)
    }
  }
  return undefined
}

type Proof = NonNullable<Given['evidence']>
type Place = (given: Given) => Proof | undefined

/** Evidence of a release in a place, with the place's name where that is a file. */
function keptBy(kept: KeptProofs): Place {
  return ({ name, locked: { registry, version } }) => {
    const envelope = kept.envelope(registry, name, version)
    const owners = kept.owners(registry, name)
    if (!envelope || owners === undefined) return undefined
    return { envelope, owners, file: kept.placeOf(registry, name, version) }
  }
}

/** The releases of a lock, tried by one place's evidence after the other's until they are proven, or refused by the policy. */
class Attempts {
  readonly said = new Map<PackageName, ResolverFields>()
  readonly #given: readonly Given[]
  readonly #options: ProveLockOptions
  readonly #problems = new Map<PackageName, { error: CpmError; file: string | undefined }>()

  constructor(releases: readonly [PackageName, LockedRelease][], options: ProveLockOptions) {
    this.#given = releases.map(([name, locked]) => ({ name, locked, evidence: undefined }))
    this.#options = options
  }

  get names(): ReadonlySet<PackageName> {
    return new Set(this.said.keys())
  }

  get open(): readonly Given[] {
    const isRefused = (name: PackageName) => this.#problems.get(name)?.error.code === 'POLICY_REFUSED'
    return this.#given.filter(({ name }) => !this.said.has(name) && !isRefused(name))
  }

  async tryAll(place: Place): Promise<void> {
    const given = this.open.flatMap((one) => {
      const evidence = place(one)
      return evidence ? [{ ...one, evidence }] : []
    })
    const results = await proveAll(given, this.#options)
    given.forEach(({ name, evidence: { file } }, index) => {
      const result = results[index]
      if (!(result instanceof CpmError)) {
        if (result) this.said.set(name, result)
        // What is kept in one place may be damaged, and what is in another contradict the lock: the latter says more.
      } else if (file === undefined || !this.#contradictsLock(name)) this.#problems.set(name, { error: result, file })
    })
  }

  #contradictsLock(name: PackageName): boolean {
    return this.#problems.get(name)?.error.details.fault === 'lock'
  }

  findings(unasked: CpmError | undefined): Finding[] {
    return this.#given.flatMap((given) => (this.said.has(given.name) ? [] : [this.#finding(given, unasked)]))
  }

  #finding({ name, locked: { version } }: Given, unasked: CpmError | undefined): Finding {
    const found = this.#problems.get(name)
    if (!found) return { name, version, ...this.#missing(unasked) }
    const { error, file } = found
    if (error.code === 'POLICY_REFUSED') return { name, version, problem: error.message, ofPolicy: true }
    if (file === undefined || error.details.fault === 'lock')
      return { name, version, problem: error.message, ofLock: true }
    return {
      name,
      version,
      problem: `what was kept to prove it in ${file} was changed: ${error.message}`,
      ofProof: true,
    }
  }

  #missing(unasked: CpmError | undefined): Pick<Finding, 'problem' | 'unchecked' | 'ofProof'> {
    const { carried } = this.#options
    if (carried.isDamaged)
      return { problem: `${carried.placeOf()}, which proves the copy, has lines that can't be read`, ofProof: true }
    const registries = unasked ? `no registry could be asked for one (${unasked.message})` : 'no registry has one'
    return { problem: `its signature can't be checked: no envelope was kept, and ${registries}`, unchecked: true }
  }
}

interface Given {
  readonly name: PackageName
  readonly locked: LockedRelease
  readonly evidence:
    | {
        readonly envelope: Uint8Array
        readonly owners: string
        readonly record?: Pick<PublishRecord, 'owners'>
        /** where it was kept; undefined for what a registry says now */
        readonly file?: string
      }
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
  if (!given) throw new Error('there is no evidence to prove it by')
  if (!envelope?.ok) throw envelope ? CpmError.fromJSON(envelope.error) : unproven('its envelope was not verified')
  const { predicate } = envelope.proven.statement
  const { version } = locked
  if (predicate.name !== name || predicate.version !== version)
    throw unproven('the envelope kept for it is of another package')
  const chain = readOwnersChain(name, given.owners)
  if ((chain[0]?.keys[0] ?? null) !== locked.owner) throw unproven('the lock names another first owner')
  const known = intact(name, evidence.owners(locked.registry, name))
  refuseOtherOwners(name, { chain, text: given.owners, known, before: locked, policy })
  // Evidence that was kept comes without the index record that told which set was in force: there any set of the chain may have signed.
  const right = rightOf(envelope.proven.signers, { chain, set: given.record?.owners ?? 'any' }, policy)
  if (!right) throw unproven('it is signed by none of its owners')
  if (predicate.tree !== locked.tree || predicate.tar.blake3 !== locked.tar)
    throw contradictory('the lock promises other contents than its owners signed')
  const said = resolverFields(predicate)
  if (canonicalJson(said.dependencies) !== canonicalJson(locked.dependencies))
    throw contradictory('the lock names other dependencies than its owners signed')
  policy.check({ name, version }, right.rightful, right.chain)
  return said
}

/** What was kept of a chain, unless it was damaged since: then it can't be held against anybody. */
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

/** An owner that the lock names has signed something else: whatever kept it, the lock is at fault. */
function contradictory(fact: string): CpmError {
  return new CpmError('DIGEST_MISMATCH', fact, { details: { fault: 'lock' } })
}

interface Asked {
  readonly offers: ReadonlyMap<PackageName, Offer>
  readonly unasked: CpmError | undefined
}

/** What the registries of releases say of them now. One that can't be asked is no reason to keep silent about what was found without it. */
async function askFor(doubted: readonly Given[], { source }: ProveLockOptions): Promise<Asked> {
  try {
    const ours = new Set<PackageName>()
    for (const { name, locked } of doubted) {
      if ((await source.registryOf(name)) === locked.registry) ours.add(name)
    }
    const releases = doubted.filter(({ name }) => ours.has(name))
    const offers = await source.offers(releases.map(({ name, locked: { version } }) => ({ name, version })))
    const found = releases.flatMap(({ name }, index): [PackageName, Offer][] => {
      const offer = offers[index]
      return offer ? [[name, offer]] : []
    })
    return { offers: new Map(found), unasked: undefined }
  } catch (error) {
    if (!(error instanceof CpmError) || error.code === 'INTERRUPTED') throw error
    return { offers: new Map(), unasked: error }
  }
}
