import { createPrivateKey, createPublicKey, type KeyObject, sign as nodeSign, verify as nodeVerify } from 'node:crypto'
import { Point } from '@noble/ed25519'
import type { KeyId } from '../schema/digest.ts'

/**
 * Strict Ed25519 (RFC 8032). A public key is admitted only after noble's point check: canonical encoding, not of small
 * order, in the prime-order group. Signatures are made and verified by node:crypto, which uses the cofactorless check
 * with canonical S and R. docs/formats.md, "Signatures", lists the edge cases.
 */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

const admitted = new Map<string, KeyObject | null>()

/** Returns the public key of a 32-byte seed. */
export function publicKeyOf(seed: Uint8Array): KeyId {
  const der = createPublicKey(privateKey(seed)).export({ format: 'der', type: 'spki' })
  return der.subarray(SPKI_PREFIX.length).toString('hex') as KeyId
}

/** @returns 64 bytes */
export function sign(message: Uint8Array, seed: Uint8Array): Uint8Array {
  return nodeSign(null, message, privateKey(seed))
}

/** Returns whether a key made the signature for the message. A key that can't be admitted has no valid signatures. */
export function verify(signature: Uint8Array, message: Uint8Array, keyId: KeyId): boolean {
  const key = admit(keyId)
  return key !== null && signature.length === 64 && nodeVerify(null, message, key, signature)
}

/** Returns whether a public key may be used at all. */
export function isAdmissibleKey(keyId: string): boolean {
  return admit(keyId) !== null
}

function admit(keyId: string): KeyObject | null {
  let key = admitted.get(keyId)
  if (key === undefined) {
    key = passesPointCheck(keyId)
      ? createPublicKey({ key: Buffer.concat([SPKI_PREFIX, Buffer.from(keyId, 'hex')]), format: 'der', type: 'spki' })
      : null
    admitted.set(keyId, key)
  }
  return key
}

function passesPointCheck(keyId: string): boolean {
  try {
    const point = Point.fromHex(keyId, false)
    return !point.isSmallOrder() && point.isTorsionFree()
  } catch {
    return false
  }
}

function privateKey(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
}
