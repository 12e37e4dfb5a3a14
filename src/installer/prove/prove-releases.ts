import type { KeyId } from '../../schema/digest.ts'
import type { ArchiveDescription, PackagePredicate } from '../../schema/envelope.ts'
import type { ErrorCode } from '../../schema/errors.ts'
import type { LockedRelease } from '../../schema/lock.ts'
import type { PackageName } from '../../schema/name.ts'
import type { Version } from '../../schema/version.ts'
import { writeDependencies } from '../../schema/dependency.ts'
import { askTwice } from '../../core/ask-twice.ts'
import { canonicalJson } from '../../core/canonical-json.ts'
import { Chores } from '../../core/chores.ts'
import { CpmError } from '../../core/errors.ts'
import type { Pool } from '../../core/pool.ts'
import type { ArtifactSource, Offer } from '../../core/ports.ts'
import type { OwnersChain } from '../../package/owners.ts'
import { requireIndexed } from '../../package/indexed.ts'
import type { ExpectedArchive } from '../../package/read-archive.ts'
import { resolverFields, type ResolverFields } from '../../package/signed-manifest.ts'
import type { GivenProof, VerifiedProof } from '../../package/tasks/verify-proofs.ts'
import type { Evidence } from './evidence.ts'
import { refuseOtherOwners, rightOf } from './ownership.ts'
import type { Policy } from '../policy.ts'
import { expectProofs, requireVerified, verifyProofs } from './verify-proofs.ts'

/** A release whose envelope was verified, with its entry for the lock and its expected archive. */
export interface ProvenRelease {
  readonly name: PackageName
  readonly version: Version
  readonly locked: LockedRelease
  readonly promised: ExpectedArchive
  /** the signed fields that its manifest must match */
  readonly said: ResolverFields
  /** the owners that signed it, and all that might have */
  readonly signers: readonly KeyId[]
  readonly owners: readonly KeyId[]
  /** all sets of owners that the name has had */
  readonly chain: OwnersChain
}

export interface WantedRelease {
  readonly name: PackageName
  readonly version: Version
  /** the lock's entry for this name; undefined if the name is new to the project */
  readonly before: LockedRelease | undefined
}

export interface ProveOptions {
  pool: Pool
  source: ArtifactSource
  evidence: Evidence
  policy: Policy
  /** takes what remains to be noted about proven releases; by default that is done at once */
  chores?: Chores | undefined
}

const OF_ONE_OFFER = new Set<ErrorCode>(['ENVELOPE_INVALID', 'SIGNATURE_INVALID', 'OWNER_MISMATCH'])

/**
 * Proves releases before any of their contents are used: checks that an owner signed the envelope, that the index
 * record matches the envelope, that the owners continue those seen before, and that the lock matches both. If evidence
 * fails, it is fetched again, once. Then all failures are reported together.
 * @throws CpmError ENVELOPE_INVALID, SIGNATURE_INVALID, OWNER_MISMATCH, DIGEST_MISMATCH, PACKAGE_NOT_FOUND
 */
export async function proveReleases(wanted: readonly WantedRelease[], options: ProveOptions): Promise<ProvenRelease[]> {
  expectProofs(options.pool, wanted.length)
  const { offers, proven } = await askTwice(OF_ONE_OFFER, () => proveOffers(wanted, options))
  const { evidence, source, chores = new Chores() } = options
  wanted.forEach(({ name, version }, index) => {
    const offer = offers[index]
    chores.add(async () => {
      if (offer) evidence.keep(offer.registry, name, version, offer)
      await source.confirm?.([{ name, version }])
    })
  })
  if (!options.chores) await chores.run()
  return proven
}

async function proveOffers(
  wanted: readonly WantedRelease[],
  { pool, source, evidence, policy }: ProveOptions,
): Promise<{ offers: Offer[]; proven: ProvenRelease[] }> {
  const offers = await askFor(wanted, source)
  const proofs = wanted.flatMap(({ name, version }, index): GivenProof[] => {
    const offer = offers[index]
    return offer ? [{ label: `${name}@${version}`, name, envelope: offer.envelope, owners: offer.owners }] : []
  })
  const verified = await verifyProofs(pool, proofs, policy)
  const problems: CpmError[] = []
  const proven = wanted.flatMap((release, index) => {
    const offer = offers[index]
    const proof = verified[index]
    if (!offer || !proof) throw new Error('an offer or its verification is missing')
    try {
      return [proveOne(release, offer, proof, { evidence, policy })]
    } catch (error) {
      if (!(error instanceof CpmError)) throw error
      problems.push(error)
      return []
    }
  })
  throwAll(problems)
  return { offers, proven }
}

/** @throws CpmError REGISTRY_UNKNOWN, PACKAGE_NOT_FOUND */
async function askFor(wanted: readonly WantedRelease[], source: ArtifactSource): Promise<Offer[]> {
  for (const { name, before } of wanted) {
    if (!before || before.registry === (await source.registryOf(name))) continue
    throw new CpmError(
      'REGISTRY_UNKNOWN',
      `colony.lock has ${name} from the registry ${before.registry}, but ${name} now belongs to another registry`,
      {
        hint: "pass that registry's folder or URL with --registry",
        details: { name, locked: before.registry },
      },
    )
  }
  const offers = await source.offers(wanted)
  return wanted.map(({ name, version }, index) => {
    const offer = offers[index]
    if (offer) return offer
    throw new CpmError('PACKAGE_NOT_FOUND', `the registry does not have ${name}@${version}`)
  })
}

function proveOne(
  release: WantedRelease,
  offer: Offer,
  proof: VerifiedProof,
  { evidence, policy }: Pick<ProveOptions, 'evidence' | 'policy'>,
): ProvenRelease {
  const { digest, signers, statement } = requireVerified(proof.envelope)
  const { name, version, before } = release
  const { record, registry } = offer
  const { predicate } = statement
  const label = `${name}@${version}`
  const archive = requireIndexed(record, digest, predicate)
  const chain = requireVerified(proof.owners)
  refuseOtherOwners(name, { chain, text: offer.owners, known: evidence.owners(registry, name), before, policy })
  const right = rightOf(signers, { chain, set: record.owners }, policy)
  if (!right) throw signedByStrangers(label, signers)
  policy.check(release, right.rightful, right.chain)
  const owner = chain[0]?.keys[0] ?? null
  const locked = toLocked(predicate, registry, owner)
  // The owner may differ if the user accepts the new one; everything else must match the lock.
  if (before?.version === version && canonicalJson({ ...before, owner }) !== canonicalJson(locked)) {
    throw new CpmError('DIGEST_MISMATCH', `colony.lock differs from what the owners of ${label} signed`, {
      hint: 'restore colony.lock from version control',
      details: { name, version, locked: before, signed: locked },
    })
  }
  const promised = promisedBy(predicate, archive)
  const { rightful, owners } = right
  return { name, version, locked, promised, said: resolverFields(predicate), signers: rightful, owners, chain }
}

function signedByStrangers(label: string, signers: readonly KeyId[]): CpmError {
  const who = signers.length === 0 ? 'nobody' : signers.join(', ')
  return new CpmError('OWNER_MISMATCH', `${label} is signed by ${who}, not by one of its owners`, {
    details: { signers },
  })
}

function promisedBy({ tree, files, size, tar }: PackagePredicate, archive: ArchiveDescription): ExpectedArchive {
  return { archive: { size: archive.size, blake3: archive.blake3 }, contents: { tree, files, size, tar } }
}

function toLocked(
  { version, dependencies, tree, tar }: PackagePredicate,
  registry: LockedRelease['registry'],
  owner: KeyId | null,
): LockedRelease {
  return {
    version,
    dependencies: writeDependencies(dependencies),
    registry,
    tree,
    tar: tar.blake3,
    owner,
  }
}

/** Throws the errors of several packages as one. */
export function throwAll(problems: readonly CpmError[]): void {
  const [first] = problems
  if (first) throw problems.length === 1 ? first : several(first, problems)
}

function several(first: CpmError, problems: readonly CpmError[]): CpmError {
  return new CpmError(
    first.code,
    [`can't prove ${problems.length} packages:`, ...problems.map((p) => `  ${p.message}`)].join('\n'),
    {
      hint: first.hint,
      details: { problems: problems.map((problem) => problem.toJSON()) },
    },
  )
}
