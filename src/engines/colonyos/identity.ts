import { secp256k1 } from '@noble/curves/secp256k1.js'
import { sha3_256 } from '@noble/hashes/sha3.js'
import { CpmError } from '../../core/errors.ts'

/**
 * An identity in a colony: an id, and a function that signs as it. Only the closure of `sign` holds the private key, so
 * nothing that prints, compares or copies an identity can expose it.
 */
export interface ColonyIdentity {
  /** 64 hex digits: the id that a user or an executor is registered with */
  readonly id: string
  /** 130 hex digits over the bytes of a string, which must be ASCII, such as base64 */
  readonly sign: (text: string) => string
}

/**
 * Creates the identity of a private key in the format of the colonies CLI: 64 hex digits without 0x.
 * @param where the source of the key, for errors, which must not quote the key
 * @throws CpmError COLONY_KEY_INVALID
 */
export function identityOf(privateKey: string, where: string): ColonyIdentity {
  if (!/^[0-9a-fA-F]{64}$/.test(privateKey)) throw invalid(where, 'is not 64 hex digits')
  const secret = Buffer.from(privateKey, 'hex')
  if (!secp256k1.utils.isValidSecretKey(secret)) throw invalid(where, 'is not a valid secp256k1 private key')
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

/** Returns the id of an uncompressed public key: a hash of its hex digits, not of its bytes. */
export function idOf(publicKey: Uint8Array): string {
  return hex(sha3_256(Buffer.from(hex(publicKey))))
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function invalid(where: string, fact: string): CpmError {
  return new CpmError('COLONY_KEY_INVALID', `${where} ${fact}`)
}
