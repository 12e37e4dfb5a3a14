import type { KeyId } from '../../schema/digest.ts'
import type { LockedRelease } from '../../schema/lock.ts'
import type { PackageName } from '../../schema/name.ts'
import { CpmError } from '../../core/errors.ts'
import {
  type DecidingSet,
  type OwnersChain,
  readOwnersChain,
  type SigningRight,
  whoMaySign,
} from '../../package/owners.ts'
import type { Policy } from '../policy.ts'

interface ShownOwners {
  /** the chain that the registry returns now, verified, and its text */
  chain: OwnersChain
  text: string
  /** the text of the chain that this machine saw before */
  known: string | undefined
  /** the lock's entry for the name */
  before: LockedRelease | undefined
  policy: Policy
}

/**
 * Compares the owners that a registry returns with those seen before on this machine and in the lock. A change that the
 * chain proves is accepted. For any other, the error explains what changed and how to accept it.
 * @throws CpmError OWNER_MISMATCH
 */
export function refuseOtherOwners(name: PackageName, { chain, text, known, before, policy }: ShownOwners): void {
  const first = chain[0]?.keys[0]
  if (policy.accepts(name, first)) return
  if (known !== undefined && known !== '' && !text.startsWith(known)) throw changed(name, known, { chain, text })
  if (before && before.owner !== (first ?? null)) {
    throw new CpmError(
      'OWNER_MISMATCH',
      `the first owner of ${name} was ${before.owner ?? 'nobody'} when it was locked; the registry now says ${first ?? 'nobody'}, and no owner signed that change`,
      { hint: acceptHint(name, first), details: { name, owner: first ?? null, locked: before.owner } },
    )
  }
}

/** Explains a chain that does not continue the one seen before. */
function changed(name: PackageName, known: string, { chain, text }: Pick<ShownOwners, 'chain' | 'text'>): CpmError {
  const before = readOwnersChain(name, known)
  const [was, is] = [before[0]?.keys[0], chain[0]?.keys[0]]
  const details = { name, owner: is ?? null, before: was ?? null }
  if (was === is && known.startsWith(text)) {
    return new CpmError(
      'OWNER_MISMATCH',
      `the registry returned ${chain.length} of the ${before.length} owner records of ${name} seen before: it hides later changes`,
      { hint: "ask the registry's operator, or contact the package's owners directly", details },
    )
  }
  const owners = before.at(-1)?.keys.join(', ') ?? 'nobody'
  return new CpmError(
    'OWNER_MISMATCH',
    `${name} belonged to ${owners} before; the registry now says its first owner is ${is ?? 'nobody'}, and no earlier owner signed that change`,
    { hint: acceptHint(name, is), details },
  )
}

function acceptHint(name: PackageName, key: KeyId | undefined): string {
  return key === undefined
    ? "contact the package's owners directly"
    : `contact the package's owners directly; if they confirm the change: cpm key trust ${key} --for ${name}`
}

/**
 * Returns the right of a release's signers to sign it. An unsigned package without owners needs none if the policy
 * accepts unsigned packages.
 * @returns undefined if no signer has the right
 */
export function rightOf(
  signers: readonly KeyId[],
  { chain, set }: { chain: OwnersChain; set: DecidingSet },
  { requireSignatures }: Pick<Policy, 'requireSignatures'>,
): SigningRight | undefined {
  const right = whoMaySign(chain, signers, set)
  return right.rightful.length > 0 || (!requireSignatures && chain.length === 0) ? right : undefined
}
