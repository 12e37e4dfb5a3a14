import type { SecuritySettings } from '../schema/config.ts'
import type { KeyId } from '../schema/digest.ts'
import type { PackageName } from '../schema/name.ts'
import { matchesName, type NamePattern } from '../schema/token.ts'
import type { Trust } from '../schema/trust.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import { CpmError } from '../core/errors.ts'
import type { Release } from '../core/ports.ts'
import type { OwnersChain } from '../package/owners.ts'

/** The user's trust settings, checked in addition to signatures, for locked packages as well as new ones. */
export class Policy {
  readonly requireSignatures: boolean
  /** differs for any other settings and trust decisions */
  readonly identity: string
  readonly #algorithms: readonly string[]
  readonly #trustedKeys: readonly [NamePattern, readonly KeyId[]][]
  readonly #trusted: Trust['trusted']
  readonly #distrusted: ReadonlySet<KeyId>

  constructor(
    { requireSignatures = true, algorithms = ['ed25519'], trustedKeys = {} }: SecuritySettings,
    trust: Trust,
  ) {
    this.requireSignatures = requireSignatures
    this.identity = canonicalJson({ requireSignatures, algorithms, trustedKeys, trust })
    this.#algorithms = algorithms
    this.#trustedKeys = Object.entries(trustedKeys) as [NamePattern, KeyId[]][]
    this.#trusted = trust.trusted
    this.#distrusted = new Set(trust.distrusted.map(({ key }) => key))
  }

  /** Whether the settings could refuse a release that its owners signed. */
  get isStrict(): boolean {
    return this.#distrusted.size > 0 || this.#trustedKeys.length > 0 || !this.#algorithms.includes('ed25519')
  }

  /** Whether the user accepts an owner of some name that no chain of owners leads to. */
  get acceptsOwners(): boolean {
    return this.#trusted.length > 0
  }

  /** Whether the user trusts a key to own a name, even if no chain of owners leads to it. */
  accepts(name: PackageName, key: KeyId | undefined): boolean {
    return this.#trusted.some((entry) => entry.key === key && matchesName(entry.packages, name))
  }

  /** Whether the user accepts a first owner of a name other than the locked one. */
  mayReplace(name: PackageName, owner: KeyId | null): boolean {
    return this.#trusted.some(({ key, packages }) => key !== owner && matchesName(packages, name))
  }

  /**
   * Checks a release against the policy, once its signatures and owners are proven.
   * @param signers the signers that own the name
   * @param chain the records of owners, up to the one in force
   * @throws CpmError POLICY_REFUSED
   */
  check({ name, version }: Release, signers: readonly KeyId[], chain: OwnersChain): void {
    const label = `${name}@${version}`
    if (signers.length === 0 && !this.requireSignatures) return
    if (!this.#algorithms.includes('ed25519')) {
      throw refused(`${label} is signed with ed25519, which security.algorithms does not list`)
    }
    const counted = signers.filter((key) => !this.#distrusted.has(key))
    if (counted.length === 0) {
      throw refused(`${label} is signed by ${signers.join(', ')}, which you distrust`, {
        hint: `to accept its signatures again: cpm key distrust ${signers[0] ?? '<key>'} --undo`,
        signers,
      })
    }
    // The holder of a distrusted key may have transferred the name to another key of their own.
    const handed = chain.find(({ signedBy, number }) => number > 1 && this.#distrusted.has(signedBy))
    if (handed && !counted.some((key) => this.accepts(name, key))) {
      throw refused(`${label} was transferred to ${counted.join(', ')} by ${handed.signedBy}, which you distrust`, {
        hint: `if you have verified the new key: cpm key trust ${counted[0] ?? '<key>'} --for ${name}`,
        signers,
      })
    }
    const lists = this.#trustedKeys.filter(([pattern]) => matchesName(pattern, name))
    if (lists.length > 0 && !lists.some(([, keys]) => counted.some((key) => keys.includes(key)))) {
      const patterns = lists.map(([pattern]) => pattern).join(', ')
      throw refused(
        `${label} is signed by ${counted.join(', ')}, which security.trustedKeys does not list for ${patterns}`,
        { signers },
      )
    }
  }
}

function refused(fact: string, { hint, signers }: { hint?: string; signers?: readonly KeyId[] } = {}): CpmError {
  return new CpmError('POLICY_REFUSED', fact, { hint, ...(signers && { details: { signers } }) })
}
