import fs from 'node:fs'
import path from 'node:path'
import { inspect } from 'node:util'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { sha3_256 } from '@noble/hashes/sha3.js'
import { describe, expect, test } from 'vitest'
import { identityOf } from '../../../src/engines/colonyos/identity.ts'
import { recoverId } from '../../rig/recover-id.ts'

interface Vectors {
  hashes: { message_utf8: string; sha3_256: string }[]
  ids: { id: string; prvkey: string; pubkey_uncompressed: string }[]
  private_key_validation: { error: string; id: string; prvkey: string }[]
  signatures: { message_utf8: string; prvkey: string; recovered_id: string; sha3_256: string; signature: string }[]
  verification: { case: string; error: string; message_utf8: string; recovered_id: string; signature: string }[]
  envelopes: { envelope: string; payload_json: string; prvkey: string }[]
  accepted_by_real_server: { envelope: string; payload_json: string; prvkey: string; id: string }[]
}

/** Generated with the packages of ColonyOS v1.9.12 itself; a running server accepted the last ones. */
const vectors = JSON.parse(
  fs.readFileSync(path.resolve(import.meta.dirname, '../../../fixtures/colonyos/vectors.json'), 'utf8'),
) as Vectors
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const identity = (key: string) => identityOf(key, 'the key')

describe('keys, ids and signatures match ColonyOS, bit for bit', () => {
  test('every hash', () => {
    for (const { message_utf8, sha3_256: expected } of vectors.hashes)
      expect(hex(sha3_256(Buffer.from(message_utf8)))).toBe(expected)
    expect(vectors.hashes.length).toBe(6)
  })

  test('every id', () => {
    for (const { id, prvkey, pubkey_uncompressed } of vectors.ids) {
      expect(identity(prvkey).id).toBe(id)
      expect(hex(secp256k1.getPublicKey(Buffer.from(prvkey, 'hex'), false))).toBe(pubkey_uncompressed)
    }
    expect(vectors.ids.length).toBe(16)
  })

  test('every signature', () => {
    for (const { message_utf8, prvkey, signature, recovered_id } of vectors.signatures) {
      expect(identity(prvkey).sign(message_utf8)).toBe(signature)
      expect(recoverId(message_utf8, signature)).toBe(recovered_id)
    }
    expect(vectors.signatures.length).toBe(46)
  })

  test('every envelope', () => {
    for (const { envelope, payload_json, prvkey } of [...vectors.envelopes, ...vectors.accepted_by_real_server]) {
      const { payload, signature } = JSON.parse(envelope) as { payload: string; signature: string }
      expect(Buffer.from(payload_json).toString('base64')).toBe(payload)
      if (signature !== '') expect(identity(prvkey).sign(payload)).toBe(signature)
    }
    expect(vectors.envelopes.length + vectors.accepted_by_real_server.length).toBe(8)
  })

  test.each(vectors.private_key_validation)('a private key $prvkey: "$error"', ({ prvkey, error, id }) => {
    if (error === '') expect(identity(prvkey).id).toBe(id)
    else expect(() => identity(prvkey)).toThrow(expect.objectContaining({ code: 'COLONY_KEY_INVALID' }))
  })

  // cpm only signs; the server that the tests use verifies.
  test.each(vectors.verification)('a signature, $case: "$error"', (given) => {
    const recover = () => recoverId(given.message_utf8, given.signature)
    if (given.error === '') expect(recover()).toBe(given.recovered_id)
    else expect(recover).toThrow(/^(?:Invalid signature length|encoding\/hex|Failed to recover|Failed verify)/)
  })
})

test('an identity never shows its key, however it is printed', () => {
  const key = vectors.ids[3]?.prvkey ?? ''
  const shown = inspect(identity(key), { depth: Infinity, showHidden: true }) + JSON.stringify(identity(key))
  expect(shown).not.toContain(key.slice(0, 12))
  expect(() => identityOf(`${key}00`, 'COLONIES_PRVKEY')).toThrow(/^COLONIES_PRVKEY is not 64 hex digits$/)
})
