import type { ErrorCode } from '../schema/errors.ts'
import type { Version } from '../schema/version.ts'
import type { FileFinding } from '../package/prove.ts'

/** A difference between the installed packages and the lock, or a missing proof. */
export interface Finding {
  readonly name: string
  readonly version?: Version
  /** what is wrong with the package as a whole; undefined if only single files are wrong */
  readonly problem?: string
  readonly files?: readonly FileFinding[]
  /** the lock can't be proven; the installed files are not at fault */
  readonly ofLock?: boolean
  /** the proof is missing; neither the lock nor the installed files are at fault */
  readonly unchecked?: boolean
  /** the stored proof is damaged; neither the lock nor the installed files are at fault */
  readonly ofProof?: boolean
  /** signed by its owners, but refused by the user's settings */
  readonly ofPolicy?: boolean
  /** how to lift the refusal */
  readonly hint?: string
}

/**
 * Returns the error code for findings, and a fix for most of them. Missing proofs count only if nothing else is wrong.
 */
export function verdictOf(findings: readonly Finding[]): { code: ErrorCode; hint: string } {
  if (findings.every(({ unchecked }) => unchecked))
    return { code: 'PROOF_MISSING', hint: 'cpm verify --registry <registry>, when the registry is reachable' }
  if (findings.every(({ unchecked, ofProof }) => unchecked ?? ofProof))
    return { code: 'PROOF_DAMAGED', hint: 'cpm ci --registry <registry>, when the registry is reachable' }
  if (findings.every(({ unchecked, ofPolicy }) => unchecked ?? ofPolicy))
    return {
      code: 'POLICY_REFUSED',
      hint: findings.find(({ hint }) => hint !== undefined)?.hint ?? 'cpm help POLICY_REFUSED',
    }
  if (findings.some(({ ofLock }) => ofLock))
    return { code: 'PACKAGE_DAMAGED', hint: 'restore colony.lock from version control' }
  return { code: 'PACKAGE_DAMAGED', hint: 'run cpm ci to restore missing and changed packages' }
}
