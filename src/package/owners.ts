import type { Blake3, KeyId } from '../schema/digest.ts'
import type { PackageName } from '../schema/name.ts'
import { type OwnersRecord, SignedOwnersRecord } from '../schema/owners.ts'
import { blake3 } from '../core/blake3.ts'
import { canonicalJson, parseCanonicalJson } from '../core/canonical-json.ts'
import { CpmError } from '../core/errors.ts'
import { refuseNewer } from '../core/newer-format.ts'
import { verify } from './ed25519.ts'
import { decodeBase64, preAuthEncoding } from './signed-envelope.ts'

/**
 * Who may publish under a name: a chain of numbered records, each naming a set of keys and signed by a member of
 * the set before it. The first publisher starts the chain (docs/formats.md, "Owners").
 */
export const OWNERS_PAYLOAD_TYPE = 'application/vnd.colony-cpm.owners+json'

export function firstOwnersRecord(name: PackageName, key: KeyId): OwnersRecord {
  return { v: 1, name, number: 1, previous: null, keys: [key] }
}

/** The record that gives a name to another set of keys. @param lines of the chain so far */
export function nextOwnersRecord(name: PackageName, text: string, keys: readonly KeyId[]): OwnersRecord {
  const number = readOwnersChain(name, text).length + 1
  const last = text.slice(0, text.lastIndexOf('\n')).split('\n').at(-1) ?? ''
  return { v: 1, name, number, previous: blake3(last), keys: [...keys].sort() }
}

/** What is signed of a record. */
export function ownersPayload(record: OwnersRecord): Buffer {
  return preAuthEncoding(OWNERS_PAYLOAD_TYPE, Buffer.from(canonicalJson(record)))
}

/** A line of `keys/<name>`, without its newline. */
export function writeOwnersLine(record: OwnersRecord, keyid: KeyId, signature: Uint8Array): string {
  return canonicalJson({ record, keyid, sig: Buffer.from(signature).toString('base64') } satisfies SignedOwnersRecord)
}

/** The chain of a name, its records in order; the set of number n is `chain[n - 1].keys`. */
export type OwnersChain = readonly (OwnersRecord & { readonly signedBy: KeyId })[]

/**
 * Which sets of a chain decide over a signature: the one of a number, which an index record names; the newest, for what is to be published;
 * or any of them, where no index record is at hand.
 */
export type DecidingSet = number | 'newest' | 'any'

export interface SigningRight {
  /** the signers that may sign */
  readonly rightful: readonly KeyId[]
  /** the keys that may */
  readonly owners: readonly KeyId[]
  /** the chain up to the set by which they may */
  readonly chain: OwnersChain
}

/** Who of some signers may sign under a name: the one place where that is decided. What becomes of it is for the caller to say. */
export function whoMaySign(chain: OwnersChain, signers: readonly KeyId[], set: DecidingSet): SigningRight {
  const sets = set === 'any' ? chain : set === 'newest' ? chain.slice(-1) : chain.slice(set - 1, set)
  const isOwner = (key: KeyId) => sets.some(({ keys }) => keys.includes(key))
  const rightful = signers.filter(isOwner)
  const last = sets.findLast(({ keys }) => rightful.some((key) => keys.includes(key)))
  return { rightful, owners: sets.flatMap(({ keys }) => keys), chain: chain.slice(0, last?.number ?? 0) }
}

/**
 * Reads a chain and checks each of its links. An unterminated last line is a write under way and is left out.
 * @throws CpmError OWNER_MISMATCH where a record is not carried by the one before it
 */
export function readOwnersChain(name: PackageName, text: string): OwnersChain {
  const lines = text.split('\n')
  lines.pop()
  const chain: OwnersChain[number][] = []
  let previous: Blake3 | null = null
  for (const line of lines) {
    const { record, keyid, sig } = parseLine(name, line)
    const before = chain.at(-1)
    const linked = record.name === name && record.number === chain.length + 1 && record.previous === previous
    if (!linked) throw broken(name, `record ${chain.length + 1} does not follow the one before it`)
    if (new Set(record.keys).size !== record.keys.length)
      throw broken(name, `record ${record.number} names a key twice`)
    if (!before && record.keys.length !== 1) throw broken(name, 'the first record names more than one key')
    // The first record decides about itself, each later one is decided by the set before it.
    const deciding = before ? chain : [{ ...record, signedBy: keyid }]
    if (whoMaySign(deciding, [keyid], 'newest').rightful.length === 0)
      throw broken(name, `record ${record.number} is signed by ${keyid}, which was no owner`)
    const signature = decodeBase64(sig)
    if (!signature || !verify(signature, ownersPayload(record), keyid)) {
      throw broken(name, `the signature of record ${record.number} does not fit`)
    }
    chain.push({ ...record, signedBy: keyid })
    previous = blake3(line)
  }
  return chain
}

function parseLine(name: PackageName, line: string): SignedOwnersRecord {
  try {
    const value = parseCanonicalJson(line)
    // Who owns the name from here on is known to a newer cpm only: nothing after it can be believed.
    refuseNewer(
      (value as { record?: unknown } | null)?.record,
      'OWNER_MISMATCH',
      `a record of the owners of ${name}`,
      'v',
    )
    return SignedOwnersRecord.parse(value)
  } catch (error) {
    if (error instanceof CpmError) throw error
    throw broken(name, "a record can't be read", error)
  }
}

function broken(name: PackageName, fact: string, cause?: unknown): CpmError {
  return new CpmError('OWNER_MISMATCH', `the owners of ${name} are not believable: ${fact}`, { cause })
}
