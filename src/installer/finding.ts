import type { ErrorCode } from '../schema/errors.ts'
import type { Version } from '../schema/version.ts'
import type { FileFinding } from '../package/prove.ts'

/** One thing that is not as the lock promises. */
export interface Finding {
  readonly name: string
  readonly version?: Version
  /** what is wrong with the package as a whole; undefined when single files are */
  readonly problem?: string
  readonly files?: readonly FileFinding[]
  /** the lock can't be proven: nothing that is installed is at fault */
  readonly ofLock?: boolean
  /** what would prove it is not here: neither the lock nor what is installed is at fault */
  readonly unchecked?: boolean
  /** what was kept to prove it was changed: neither the lock nor what is installed is at fault */
  readonly ofProof?: boolean
  /** it is what its owners signed, but the user's settings refuse it */
  readonly ofPolicy?: boolean
}

/** Which error findings are, and what mends most of them. What proves nothing is told only where nothing else is wrong. */
export function verdictOf(findings: readonly Finding[]): { code: ErrorCode; hint: string } {
  if (findings.every(({ unchecked }) => unchecked))
    return { code: 'PROOF_MISSING', hint: 'run cpm verify where the registry can be asked: --registry names it' }
  if (findings.every(({ unchecked, ofProof }) => unchecked ?? ofProof))
    return { code: 'PROOF_DAMAGED', hint: 'run cpm ci where the registry can be asked: --registry names it' }
  if (findings.every(({ unchecked, ofPolicy }) => unchecked ?? ofPolicy))
    return { code: 'POLICY_REFUSED', hint: 'cpm help POLICY_REFUSED' }
  if (findings.some(({ ofLock }) => ofLock))
    return { code: 'PACKAGE_DAMAGED', hint: 'restore colony.lock from version control' }
  return { code: 'PACKAGE_DAMAGED', hint: 'cpm ci puts back what is missing or changed' }
}
