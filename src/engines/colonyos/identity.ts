import { secp256k1 } from '@noble/curves/secp256k1.js'
import { sha3_256 } from '@noble/hashes/sha3.js'
import { CpmError } from '../../core/errors.ts'

/**
 * Who a colony takes us for: an id, and what signs in its name. The private key lives in the closure of `sign` alone, so that nothing that
 * prints, compares or copies an identity can show it.
 */
export interface ColonyIdentity {
  /** 64 hex digits: what a user or an executor is registered by */
  readonly id: string
  /** 130 hex digits over the bytes of a text, which must be ASCII, as base64 is */
  readonly sign: (text: string) => string
}

/**
 * The identity of a private key, as the colonies CLI writes it: 64 hex digits, no 0x.
 * @param where what the error names, since the key itself is in no message
 * @throws CpmError COLONY_KEY_INVALID
 */
export function identityOf(privateKey: string, where: string): ColonyIdentity {
  if (!/^[0-9a-fA-F]{64}$/.test(privateKey)) throw invalid(where, 'is not 64 hex digits')
  const secret = Buffer.from(privateKey, 'hex')
  if (!secp256k1.utils.isValidSecretKey(secret)) throw invalid(where, 'is not a number that secp256k1 has a key for')
  return {
    id: idOf(secp256k1.getPublicKey(secret, false)),
    sign: (text) => {
      // noble writes the recovery id first, ColonyOS last
      const [recovery = 0, ...rs] = secp256k1.sign(sha3_256(Buffer.from(text)), secret, {
        prehash: false,
        lowS: true,
        format: 'recovered',
      })
      return Buffer.from([...rs, recovery]).toString('hex')
    },
  }
}

/** The id of an uncompressed public key: the hash is over its hex digits, not over its bytes. */
export function idOf(publicKey: Uint8Array): string {
  return hex(sha3_256(Buffer.from(hex(publicKey))))
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function invalid(where: string, fact: string): CpmError {
  return new CpmError('COLONY_KEY_INVALID', `${where} ${fact}`)
}
