import { CpmError } from '../../core/errors.ts'
import { mapConcurrently } from '../../core/concurrency.ts'
import type { Pool } from '../../core/pool.ts'
import * as tasks from '../../package/tasks.ts'
import type { GivenProof, Verified, VerifiedProof } from '../../package/tasks/verify-proofs.ts'
import type { Policy } from '../policy.ts'

const PROOFS_PER_TASK = 64

/** Starts threads for so many proofs, which are still to be fetched. */
export function expectProofs(pool: Pool, proofs: number): void {
  pool.expect(tasks.verifyProofs, Math.ceil(proofs / PROOFS_PER_TASK))
}

/** Verifies the signatures of releases and of their owners on the pool, a few dozen per task. */
export async function verifyProofs(
  pool: Pool,
  proofs: readonly GivenProof[],
  { requireSignatures }: Pick<Policy, 'requireSignatures'>,
): Promise<VerifiedProof[]> {
  const batches: GivenProof[][] = []
  for (let at = 0; at < proofs.length; at += PROOFS_PER_TASK) batches.push(proofs.slice(at, at + PROOFS_PER_TASK))
  const results = await mapConcurrently(batches, batches.length, (batch) =>
    pool.run(tasks.verifyProofs, { proofs: batch, allowUnsigned: !requireSignatures }),
  )
  return results.flat()
}

/** @throws CpmError the reason why a value can't be trusted */
export function requireVerified<T>(verified: Verified<T>): T {
  if (verified.ok) return verified.value
  throw CpmError.fromJSON(verified.error)
}
