import type { ErrorDocument } from '../../schema/errors.ts'
import { blake3 } from '../../core/blake3.ts'
import type { Blake3 } from '../../schema/digest.ts'
import { CpmError } from '../../core/errors.ts'
import { defineTask } from '../../core/task.ts'
import { type ProvenEnvelope, readEnvelope } from '../signed-envelope.ts'

export interface VerifyInput {
  envelopes: readonly { label: string; bytes: Uint8Array }[]
  allowUnsigned?: boolean
}

export type VerifiedEnvelope =
  { ok: true; digest: Blake3; proven: ProvenEnvelope } | { ok: false; error: ErrorDocument }

/** Verifies envelopes in bulk. A failure does not hide the results of the others. */
export default defineTask(({ envelopes, allowUnsigned = false }: VerifyInput): VerifiedEnvelope[] =>
  envelopes.map(({ label, bytes }) => {
    try {
      return { ok: true, digest: blake3(bytes), proven: readEnvelope(bytes, label, { allowUnsigned }) }
    } catch (error) {
      if (error instanceof CpmError) return { ok: false, error: error.toJSON() }
      throw error
    }
  }),
)
