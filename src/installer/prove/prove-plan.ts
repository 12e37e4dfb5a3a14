import type { Tree } from '../../schema/digest.ts'
import type { ErrorCode } from '../../schema/errors.ts'
import { isRelease, type Lock } from '../../schema/lock.ts'
import type { PackageName } from '../../schema/name.ts'
import { CpmError } from '../../core/errors.ts'
import type { ChosenLock } from '../choose-lock.ts'
import { type Finding, verdictOf } from '../finding.ts'
import type { Installation, InstallRequest } from '../installation.ts'
import { lockedPackage, releasesOf } from '../lock-entries.ts'
import type { Plan } from '../plan.ts'
import { NOTHING_PROVEN, proveLock } from './prove-lock.ts'
import { proveManifests, type StoredPackage } from './prove-manifests.ts'
import { proveReleases, type ProvenRelease } from './prove-releases.ts'
import { findDamage, unchangedEntries } from './prove-store.ts'

export interface StoredProof {
  /** trees that must be unpacked again */
  readonly damaged: ReadonlySet<Tree>
  /** releases whose envelopes and manifests were proven */
  readonly proven: ReadonlySet<PackageName>
}

interface KnownProof {
  /** the envelopes, owners and manifests of the whole lock were proven before, under the same policy */
  isProven: boolean
}

/**
 * Proves the packages already in the store. `cpm ci` proves the lock by its envelopes, and the contents of all entries,
 * except those whose fingerprint is still the one with which they were proven. Other commands prove only entries
 * written before the last reboot, and those of site stores: at the first use like a new package, then by fingerprints.
 */
export async function proveStored(
  parts: Installation,
  lock: Lock,
  { proveAll = false, rereadAll = false, isProven }: Pick<InstallRequest, 'proveAll' | 'rereadAll'> & KnownProof,
): Promise<StoredProof> {
  const { store, policy } = parts
  const present = releasesOf(lock).filter(([, { tree }]) => store.has(tree))
  // Current trust decisions apply to locked releases too.
  const toProve = proveAll || policy.isStrict ? present : present.filter(([, { tree }]) => store.isFirstUse(tree))
  const proof = toProve.length > 0 && !isProven ? await proveLock(toProve, parts) : undefined
  const { findings, said, unasked } = proof ?? NOTHING_PROVEN
  if (findings.length === 0) {
    const compared = present.filter(([, { tree }]) => proveAll || store.siteEntry(tree) !== undefined)
    const trees = new Set(compared.map(([, { tree }]) => tree))
    const trusted = rereadAll ? new Set<Tree>() : await unchangedEntries(trees, parts)
    const isDoubtful = (tree: Tree) => store.isUnproven(tree) || (trees.has(tree) && !trusted.has(tree))
    const damaged = await findDamage(
      present.filter(([, { tree }]) => isDoubtful(tree)),
      parts,
    )
    // A damaged entry of a site store is no longer there.
    const left = present.filter(([, { tree }]) => store.has(tree))
    const whole = left.filter(([name, { tree }]) => said.has(name) && !damaged.has(tree))
    await proveManifests(
      whole.map(([name, locked]) => ({ name, locked, said: said.get(name) })),
      parts,
    )
    return { damaged, proven: new Set((isProven ? left : whole).map(([name]) => name)) }
  }
  if (unasked && findings.every(({ unchecked }) => unchecked)) throw unasked
  throw refusal(findings)
}

function refusal(findings: readonly Finding[]): CpmError {
  const lines = findings.map(({ name, problem }) => `  ${name}: ${problem ?? ''}`)
  const verdict = verdictOf(findings)
  const { fact, code } = REFUSALS[verdict.code] ?? { fact: "can't prove colony.lock:", code: 'DIGEST_MISMATCH' }
  return new CpmError(code, [fact, ...lines].join('\n'), {
    hint: code === 'DIGEST_MISMATCH' ? 'restore colony.lock from version control' : verdict.hint,
    details: { findings },
  })
}

const REFUSALS: Partial<Record<ErrorCode, { fact: string; code: ErrorCode }>> = {
  POLICY_REFUSED: { fact: 'your settings refuse locked packages:', code: 'POLICY_REFUSED' },
  PROOF_MISSING: { fact: "can't prove locked packages:", code: 'PROOF_MISSING' },
  PROOF_DAMAGED: { fact: "can't prove locked packages:", code: 'PROOF_DAMAGED' },
}

/** Proves the releases to unpack that are not proven yet. */
export async function proveMissing(
  parts: Installation,
  plan: Plan,
  damaged: ReadonlySet<Tree>,
  wanted: ChosenLock,
): Promise<ProvenRelease[]> {
  const trees = new Map(plan.toUnpack.map(({ tree, name }) => [tree, name]))
  for (const [name, { tree }] of releasesOf(wanted.lock)) if (damaged.has(tree)) trees.set(tree, name)
  const names = new Set(trees.values())
  if (names.size === 0) return []
  const already = wanted.proven.filter(({ name }) => names.has(name))
  const proven = new Set(already.map(({ name }) => name))
  const left = [...names]
    .filter((name) => !proven.has(name))
    .flatMap((name) => {
      const locked = lockedPackage(wanted.lock, name)
      return locked && isRelease(locked) ? [{ name, version: locked.version, before: locked }] : []
    })
  if (left.length === 0) return already
  return [...already, ...(await proveReleases(left, parts))]
}

/** Returns packages placed without unpacking, whose manifests were not yet compared with what was signed. */
export function placedUnchecked(
  wanted: ChosenLock,
  { placements }: Plan,
  unpacked: readonly ProvenRelease[],
): StoredPackage[] {
  const done = new Set(unpacked.map(({ name }) => name))
  const said = new Map(wanted.proven.map((release) => [release.name, release.said]))
  return placements.flatMap(({ name, locked, action }) =>
    isRelease(locked) && !done.has(name) && (action === 'put' || said.has(name))
      ? [{ name, locked, said: said.get(name) }]
      : [],
  )
}
