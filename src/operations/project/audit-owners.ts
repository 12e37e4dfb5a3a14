import type { KeyId } from '../../schema/digest.ts'
import type { ErrorCode } from '../../schema/errors.ts'
import type { LockedRelease } from '../../schema/lock.ts'
import type { PackageName } from '../../schema/name.ts'
import type { Severity } from '../../schema/advisory.ts'
import { CpmError } from '../../core/errors.ts'
import type { Offer } from '../../core/ports.ts'
import { readOwnersChain, whoMaySign } from '../../package/owners.ts'
import { readEnvelope } from '../../package/signed-envelope.ts'

/** What is wrong with the owners or signers of a locked release. */
export interface OwnerFinding {
  /** an error code, or `SIGNER_REMOVED` */
  readonly code: string
  readonly severity: Severity
  readonly message: string
  readonly hint?: string
}

/**
 * Compares a locked release with what its registry offers now: who owns the name, who signed the release, and which
 * contents were signed.
 * @param distrusted the keys that the user distrusts
 */
export function auditOwners(
  name: PackageName,
  locked: LockedRelease,
  { offer, distrusted }: { offer: Offer | undefined; distrusted: ReadonlySet<KeyId> },
): OwnerFinding[] {
  const label = `${name}@${locked.version}`
  if (!offer) return [critical('PACKAGE_NOT_FOUND', `its registry no longer has ${label}`)]
  try {
    const chain = readOwnersChain(name, offer.owners)
    const { statement, signers } = readEnvelope(offer.envelope, label, { allowUnsigned: true })
    const first = chain[0]?.keys[0] ?? null
    if (first !== locked.owner)
      return [
        critical(
          'OWNER_MISMATCH',
          `the first owner was ${locked.owner ?? 'nobody'} when it was locked, and is ${first ?? 'nobody'} now`,
          `cpm owner list ${name}`,
        ),
      ]
    if (statement.predicate.tree !== locked.tree)
      return [critical('DIGEST_MISMATCH', 'its owners signed other contents than those that are locked')]
    const { rightful } = whoMaySign(chain, signers, offer.record.owners)
    if (chain.length > 0 && rightful.length === 0)
      return [critical('OWNER_MISMATCH', `none of its owners signed it (signed by ${signers.join(', ') || 'nobody'})`)]
    return ofSigners(name, rightful, { now: chain.at(-1)?.keys ?? [], distrusted })
  } catch (error) {
    if (!(error instanceof CpmError)) throw error
    return [critical(error.code, error.message)]
  }
}

function ofSigners(
  name: PackageName,
  signers: readonly KeyId[],
  { now, distrusted }: { now: readonly KeyId[]; distrusted: ReadonlySet<KeyId> },
): OwnerFinding[] {
  if (signers.length === 0) return [{ code: 'SIGNATURE_INVALID', severity: 'moderate', message: 'nobody signed it' }]
  const keys = signers.join(', ')
  if (signers.every((key) => distrusted.has(key)))
    return [{ code: 'POLICY_REFUSED', severity: 'high', message: `it is signed by ${keys}, which you distrust` }]
  if (signers.some((key) => now.includes(key))) return []
  const message = `it is signed by ${keys}, which has been removed from the owners since then`
  return [{ code: 'SIGNER_REMOVED', severity: 'moderate', message, hint: `cpm owner list ${name}` }]
}

function critical(code: ErrorCode, message: string, hint?: string): OwnerFinding {
  return { code, severity: 'critical', message, ...(hint !== undefined && { hint }) }
}
