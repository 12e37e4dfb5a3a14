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
  /** the chain a registry shows now, its links checked, and its text */
  chain: OwnersChain
  text: string
  /** the text of the chain as this machine saw it before */
  known: string | undefined
  /** what the lock has of the name */
  before: LockedRelease | undefined
  policy: Policy
}

/**
 * Compares the owners a registry shows with those seen before, on this machine and in the lock. A change that the chain carries is
 * fine; any other is for the user to decide, who is told the story and the command.
 * @throws CpmError OWNER_MISMATCH
 */
export function refuseOtherOwners(name: PackageName, { chain, text, known, before, policy }: ShownOwners): void {
  const first = chain[0]?.keys[0]
  if (policy.accepts(name, first)) return
  if (known !== undefined && known !== '' && !text.startsWith(known)) throw changed(name, known, { chain, text })
  if (before && before.owner !== (first ?? null)) {
    throw new CpmError(
      'OWNER_MISMATCH',
      `${name} was started by ${before.owner ?? 'nobody'} when it was locked; the registry now says by ${first ?? 'nobody'}, and no owner signed that change`,
      { hint: acceptHint(name, first), details: { name, owner: first ?? null, locked: before.owner } },
    )
  }
}

/** What happened to a chain that is no continuation of the one seen before. */
function changed(name: PackageName, known: string, { chain, text }: Pick<ShownOwners, 'chain' | 'text'>): CpmError {
  const before = readOwnersChain(name, known)
  const [was, is] = [before[0]?.keys[0], chain[0]?.keys[0]]
  const details = { name, owner: is ?? null, before: was ?? null }
  if (was === is && known.startsWith(text)) {
    return new CpmError(
      'OWNER_MISMATCH',
      `the registry shows ${chain.length} of the ${before.length} records of the owners of ${name} that were seen before: later changes are held back`,
      { hint: "ask the registry's operator, or the package's owners by another channel", details },
    )
  }
  const owners = before.at(-1)?.keys.join(', ') ?? 'nobody'
  return new CpmError(
    'OWNER_MISMATCH',
    `${name} belonged to ${owners} when it was seen before; the registry now shows other owners, started by ${is ?? 'nobody'}, and none of those before signed that change`,
    { hint: acceptHint(name, is), details },
  )
}

function acceptHint(name: PackageName, key: KeyId | undefined): string {
  return key === undefined
    ? "ask the package's owners by another channel"
    : `ask the package's owners by another channel; if they confirm it: cpm key trust ${key} --for ${name}`
}

/**
 * What gives the signers of a release the right to sign it. A package without owners, signed by nobody, needs none where the policy accepts that.
 * @returns undefined where none of them has it
 */
export function rightOf(
  signers: readonly KeyId[],
  { chain, set }: { chain: OwnersChain; set: DecidingSet },
  { requireSignatures }: Pick<Policy, 'requireSignatures'>,
): SigningRight | undefined {
  const right = whoMaySign(chain, signers, set)
  return right.rightful.length > 0 || (!requireSignatures && chain.length === 0) ? right : undefined
}
