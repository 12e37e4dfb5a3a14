import { secp256k1 } from '@noble/curves/secp256k1.js'
import { sha3_256 } from '@noble/hashes/sha3.js'
import { idOf } from '../../src/engines/colonyos/identity.ts'

/**
 * Finds the signer of a text like a ColonyOS server: recovers the public key from the signature and returns its id.
 * @throws Error where the server answers 403, with the beginning of its message
 */
export function recoverId(text: string, signature: string): string {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(signature)) throw new Error('encoding/hex: invalid byte')
  const bytes = Buffer.from(signature, 'hex')
  if (bytes.length !== 65) throw new Error('Invalid signature length')
  const [recovery = 255] = bytes.subarray(64)
  // 4 to 7 mean that the public key was compressed, which makes no difference here.
  if (recovery > 7) throw new Error('Failed to recover public key')
  const parsed = parse(bytes.subarray(0, 64))
  if (parsed.hasHighS()) throw new Error('Failed verify signature: Signature s value is over half the order')
  const point = parsed.addRecoveryBit(recovery & 3).recoverPublicKey(sha3_256(Buffer.from(text)))
  return idOf(point.toBytes(false))
}

function parse(bytes: Uint8Array) {
  try {
    return secp256k1.Signature.fromBytes(bytes)
  } catch (error) {
    throw new Error('Failed to recover public key', { cause: error })
  }
}
