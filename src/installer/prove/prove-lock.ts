import type { PublishRecord } from '../../schema/index-record.ts'
import type { LockedRelease } from '../../schema/lock.ts'
import type { PackageName } from '../../schema/name.ts'
import { canonicalJson } from '../../core/canonical-json.ts'
import { CpmError } from '../../core/errors.ts'
import type { Pool } from '../../core/pool.ts'
import type { ArtifactSource, Offer } from '../../core/ports.ts'
import { readOwnersChain } from '../../package/owners.ts'
import { resolverFields, type ResolverFields } from '../../package/signed-manifest.ts'
import type { GivenProof, VerifiedProof } from '../../package/tasks/verify-proofs.ts'
import type { CarriedProofs } from './carried-proofs.ts'
import type { Evidence, KeptProofs } from './evidence.ts'
import type { Finding } from '../finding.ts'
import { refuseOtherOwners, rightOf } from './ownership.ts'
import type { Policy } from '../policy.ts'
import { requireVerified, verifyProofs } from './verify-proofs.ts'

export interface ProveLockOptions {
  evidence: Evidence
  /** the proofs that came with a copy of the project */
  carried: CarriedProofs
  pool: Pool
  policy: Policy
  /** source of evidence that is not kept locally */
  source: ArtifactSource
}

export interface LockProof {
  readonly findings: readonly Finding[]
  /** the signed fields of each proven manifest */
  readonly said: ReadonlyMap<PackageName, ResolverFields>
  /** packages proven only by the proofs that came with the project, so later changes of owners are unknown */
  readonly carried: readonly PackageName[]
  /** why a registry could not be reached, if that happened */
  readonly unasked: CpmError | undefined
}

export const NOTHING_PROVEN: LockProof = { findings: [], said: new Map(), carried: [], unasked: undefined }

/**
 * Proves the lock itself: verifies the envelope behind each of its digests and owners, and checks the policy. It tries
 * the evidence on this machine first, then the proofs that came with the project. Missing or damaged evidence is
 * fetched, because a bad cache must not cause a failure. Policy refusals are final.
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

/** If the first response proves nothing, one more request follows. */
const MOST_QUESTIONS = 2

/** Fetches evidence for unproven releases, and keeps what proves them. @returns why a registry could not be reached */
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

/** Returns a lookup of evidence in one place, including the file it comes from. */
function keptBy(kept: KeptProofs): Place {
  return ({ name, locked: { registry, version } }) => {
    const envelope = kept.envelope(registry, name, version)
    const owners = kept.owners(registry, name)
    if (!envelope || owners === undefined) return undefined
    return { envelope, owners, file: kept.placeOf(registry, name, version) }
  }
}

/** The releases of a lock, tried against one place's evidence after another until proven, or refused by the policy. */
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
        // One place may be damaged while another contradicts the lock: the contradiction is the better explanation.
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
    if (error.code === 'POLICY_REFUSED') return { name, version, ...refusal(`${name}@${version}`, error) }
    if (file === undefined || error.details.fault === 'lock')
      return { name, version, problem: error.message, ofLock: true }
    return {
      name,
      version,
      problem: `its proof in ${file} is damaged: ${error.message}`,
      ofProof: true,
    }
  }

  #missing(unasked: CpmError | undefined): Pick<Finding, 'problem' | 'unchecked' | 'ofProof'> {
    const { carried } = this.#options
    if (carried.isDamaged)
      return { problem: `${carried.placeOf()}, which proves the copy, has invalid lines`, ofProof: true }
    const registries = unasked ? `the registry could not be reached (${unasked.message})` : 'no registry has one'
    return { problem: `its signature can't be checked: there is no local envelope, and ${registries}`, unchecked: true }
  }
}

/** Describes a refusal without the label, which reports print in front of it. */
function refusal(label: string, { message, hint }: CpmError): Omit<Finding, 'name'> {
  const problem = message.startsWith(`${label} `) ? `it${message.slice(label.length)}` : message
  return { problem, ofPolicy: true, ...(hint !== undefined && { hint }) }
}

interface Given {
  readonly name: PackageName
  readonly locked: LockedRelease
  readonly evidence:
    | {
        readonly envelope: Uint8Array
        readonly owners: string
        readonly record?: Pick<PublishRecord, 'owners'>
        /** where it was kept; undefined if a registry just returned it */
        readonly file?: string
      }
    | undefined
}

/** Returns the signed fields of each manifest, or why the evidence does not prove the release. */
async function proveAll(
  given: readonly Given[],
  { pool, evidence, policy }: ProveLockOptions,
): Promise<(ResolverFields | CpmError)[]> {
  const proofs = given.flatMap(({ name, locked, evidence }): GivenProof[] =>
    evidence
      ? [{ label: `${name}@${locked.version}`, name, envelope: evidence.envelope, owners: evidence.owners }]
      : [],
  )
  const results = (await verifyProofs(pool, proofs, policy)).values()
  return given.map((one) => {
    const proof = one.evidence && results.next().value
    try {
      return prove(one, proof, { evidence, policy })
    } catch (error) {
      if (error instanceof CpmError) return error
      throw error
    }
  })
}

/** @throws CpmError if the evidence does not prove the lock's entry */
function prove(
  { name, locked, evidence: given }: Given,
  proof: VerifiedProof | undefined,
  { evidence, policy }: Pick<ProveLockOptions, 'evidence' | 'policy'>,
): ResolverFields {
  if (!given) throw new Error('no evidence for the release')
  if (!proof) throw unproven('its envelope was not verified')
  const { signers, statement } = requireVerified(proof.envelope)
  const { predicate } = statement
  const { version } = locked
  if (predicate.name !== name || predicate.version !== version) throw unproven('the envelope is of another package')
  const chain = requireVerified(proof.owners)
  if ((chain[0]?.keys[0] ?? null) !== locked.owner) throw unproven('the lock names another first owner')
  const kept = evidence.owners(locked.registry, name)
  const known = kept === given.owners ? kept : intact(name, kept)
  refuseOtherOwners(name, { chain, text: given.owners, known, before: locked, policy })
  // Kept evidence has no index record to say which set of owners was in force, so any set of the chain may have signed.
  const right = rightOf(signers, { chain, set: given.record?.owners ?? 'any' }, policy)
  if (!right) throw unproven('none of its owners signed it')
  if (predicate.tree !== locked.tree || predicate.tar.blake3 !== locked.tar)
    throw contradictory('the contents in the lock differ from those its owners signed')
  const said = resolverFields(predicate)
  if (canonicalJson(said.dependencies) !== canonicalJson(locked.dependencies))
    throw contradictory('the dependencies in the lock differ from those its owners signed')
  policy.check({ name, version }, right.rightful, right.chain)
  return said
}

/** Returns the kept chain, unless it is damaged: a damaged chain is not evidence of a changed owner. */
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

/** The owner in the lock signed something else, so the lock is at fault, wherever the evidence came from. */
function contradictory(fact: string): CpmError {
  return new CpmError('DIGEST_MISMATCH', fact, { details: { fault: 'lock' } })
}

interface Asked {
  readonly offers: ReadonlyMap<PackageName, Offer>
  readonly unasked: CpmError | undefined
}

/**
 * Fetches current evidence for releases. A failure is returned, not thrown, so that local findings are still reported.
 */
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
