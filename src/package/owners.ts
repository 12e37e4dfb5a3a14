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
 * The owners of a name: a chain of numbered records. Each one lists a set of keys and is signed by a key of the
 * previous set. The first publisher starts the chain (docs/formats.md, "Owners").
 */
export const OWNERS_PAYLOAD_TYPE = 'application/vnd.colony-cpm.owners+json'

export function firstOwnersRecord(name: PackageName, key: KeyId): OwnersRecord {
  return { v: 1, name, number: 1, previous: null, keys: [key] }
}

/** Returns the record that gives a name to another set of keys. @param text the chain so far */
export function nextOwnersRecord(name: PackageName, text: string, keys: readonly KeyId[]): OwnersRecord {
  const number = readOwnersChain(name, text).length + 1
  const last = text.slice(0, text.lastIndexOf('\n')).split('\n').at(-1) ?? ''
  return { v: 1, name, number, previous: blake3(last), keys: [...keys].sort() }
}

/** Returns the bytes of a record that are signed. */
export function ownersPayload(record: OwnersRecord): Buffer {
  return preAuthEncoding(OWNERS_PAYLOAD_TYPE, Buffer.from(canonicalJson(record)))
}

/** Writes a line of `keys/<name>`, without its newline. */
export function writeOwnersLine(record: OwnersRecord, keyid: KeyId, signature: Uint8Array): string {
  return canonicalJson({ record, keyid, sig: Buffer.from(signature).toString('base64') } satisfies SignedOwnersRecord)
}

/** The records of a chain, in order; set n is `chain[n - 1].keys`. */
export type OwnersChain = readonly (OwnersRecord & { readonly signedBy: KeyId })[]

/**
 * The sets of a chain that decide about a signature: the number that an index record names, the newest for a new
 * release, or any of them if there is no index record.
 */
export type DecidingSet = number | 'newest' | 'any'

export interface SigningRight {
  /** the signers that are owners */
  readonly rightful: readonly KeyId[]
  /** all keys that may sign */
  readonly owners: readonly KeyId[]
  /** the chain up to the set that gives them the right */
  readonly chain: OwnersChain
}

/**
 * Decides which signers may sign for a name, by its owners chain. Nothing else reads that from a chain; what a user
 * accepts of it is up to src/installer/policy.ts.
 */
export function whoMaySign(chain: OwnersChain, signers: readonly KeyId[], set: DecidingSet): SigningRight {
  const sets = set === 'any' ? chain : set === 'newest' ? chain.slice(-1) : chain.slice(set - 1, set)
  const isOwner = (key: KeyId) => sets.some(({ keys }) => keys.includes(key))
  const rightful = signers.filter(isOwner)
  const last = sets.findLast(({ keys }) => rightful.some((key) => keys.includes(key)))
  return { rightful, owners: sets.flatMap(({ keys }) => keys), chain: chain.slice(0, last?.number ?? 0) }
}

/**
 * Reads a chain and checks each link. Ignores an unterminated last line, which is still being written.
 * @throws CpmError OWNER_MISMATCH if a record does not follow from the previous one
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
    if (!linked) throw broken(name, `record ${chain.length + 1} does not follow the previous one`)
    if (new Set(record.keys).size !== record.keys.length)
      throw broken(name, `record ${record.number} lists a key twice`)
    if (!before && record.keys.length !== 1) throw broken(name, 'the first record lists more than one key')
    // The first record authorizes itself; each later one is authorized by the previous set.
    const deciding = before ? chain : [{ ...record, signedBy: keyid }]
    if (whoMaySign(deciding, [keyid], 'newest').rightful.length === 0)
      throw broken(name, `record ${record.number} is signed by ${keyid}, which was not an owner`)
    const signature = decodeBase64(sig)
    if (!signature || !verify(signature, ownersPayload(record), keyid)) {
      throw broken(name, `the signature of record ${record.number} is invalid`)
    }
    chain.push({ ...record, signedBy: keyid })
    previous = blake3(line)
  }
  return chain
}

function parseLine(name: PackageName, line: string): SignedOwnersRecord {
  try {
    const value = parseCanonicalJson(line)
    // Only a newer cpm knows who owns the name from here on, so later records can't be trusted.
    refuseNewer((value as { record?: unknown } | null)?.record, 'OWNER_MISMATCH', `an owners record of ${name}`, 'v')
    return SignedOwnersRecord.parse(value)
  } catch (error) {
    if (error instanceof CpmError) throw error
    throw broken(name, "a record can't be read", error)
  }
}

function broken(name: PackageName, fact: string, cause?: unknown): CpmError {
  return new CpmError('OWNER_MISMATCH', `the owners of ${name} can't be trusted: ${fact}`, { cause })
}
