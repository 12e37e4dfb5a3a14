import { generateKeyPairSync, sign } from 'node:crypto'
import type { KeyId } from '../../src/schema/digest.ts'
import { PAYLOAD_TYPE } from '../../src/schema/envelope.ts'
import { canonicalJson } from '../../src/core/canonical-json.ts'
import { preAuthEncoding, writeEnvelope } from '../../src/package/signed-envelope.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const keyid = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('hex') as KeyId

/** Makes an envelope with a valid signature for any statement, so that only the statement can be wrong. */
export function signed(statement: unknown): Buffer {
  const payload = Buffer.from(canonicalJson(statement))
  return writeEnvelope(payload, [{ keyid, sig: sign(null, preAuthEncoding(PAYLOAD_TYPE, payload), privateKey) }])
}
