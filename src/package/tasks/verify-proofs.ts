import type { Blake3 } from '../../schema/digest.ts'
import type { ErrorDocument } from '../../schema/error-document.ts'
import type { PackageName } from '../../schema/name.ts'
import { blake3 } from '../../core/blake3.ts'
import { CpmError } from '../../core/errors.ts'
import { defineTask } from '../../core/task.ts'
import { type OwnersChain, readOwnersChain } from '../owners.ts'
import { type ProvenEnvelope, readEnvelope } from '../signed-envelope.ts'

/** What a release is proven with. */
export interface GivenProof {
  readonly label: string
  readonly name: PackageName
  readonly envelope: Uint8Array
  /** the chain of owners of the name */
  readonly owners: string
}

export interface VerifyInput {
  proofs: readonly GivenProof[]
  allowUnsigned: boolean
}

/** A value that was verified, or why it can't be trusted. */
export type Verified<T> = { ok: true; value: T } | { ok: false; error: ErrorDocument }

export interface VerifiedProof {
  readonly envelope: Verified<ProvenEnvelope & { readonly digest: Blake3 }>
  readonly owners: Verified<OwnersChain>
}

/** Verifies envelopes and chains of owners in bulk. A failure does not hide the results of the others. */
export default defineTask(({ proofs, allowUnsigned }: VerifyInput): VerifiedProof[] =>
  proofs.map(({ label, name, envelope, owners }) => ({
    envelope: verified(() => ({ digest: blake3(envelope), ...readEnvelope(envelope, label, { allowUnsigned }) })),
    owners: verified(() => readOwnersChain(name, owners)),
  })),
)

function verified<T>(read: () => T): Verified<T> {
  try {
    return { ok: true, value: read() }
  } catch (error) {
    if (error instanceof CpmError) return { ok: false, error: error.toJSON() }
    throw error
  }
}
