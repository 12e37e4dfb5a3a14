import type { PackageManifest } from '../schema/manifest.ts'
import { type Blake3, digestHex, type KeyId } from '../schema/digest.ts'
import { writeDependencies } from '../schema/dependency.ts'
import {
  type ArchiveDescription,
  Dsse,
  PackageStatement,
  PAYLOAD_TYPE,
  PREDICATE_TYPE,
  STATEMENT_TYPE,
} from '../schema/envelope.ts'
import { bareName } from '../schema/name.ts'
import type { Tree } from '../schema/digest.ts'
import { canonicalJson, parseCanonicalJson } from '../core/canonical-json.ts'
import { CpmError } from '../core/errors.ts'
import { madeByNewer } from '../core/newer-format.ts'
import { verify } from './ed25519.ts'

export const MAX_ENVELOPE_BYTES = 256 * 1024

/** Measurements of a package, taken while it was packed or its archive was read. */
export interface PackedContents {
  readonly tree: Tree
  readonly files: number
  readonly size: number
  readonly tar: { readonly size: number; readonly blake3: Blake3 }
}

export type ArchiveDigests = Omit<ArchiveDescription, 'format' | 'file'>

export function archiveFileName({ name, version }: Pick<PackageManifest, 'name' | 'version'>): string {
  return `${bareName(name)}-${version}.cpm`
}

/** Writes the bytes that an author signs: an in-toto Statement in canonical JSON. */
export function writeStatement(manifest: PackageManifest, contents: PackedContents, archive: ArchiveDigests): Buffer {
  const file = archiveFileName(manifest)
  const statement = {
    _type: STATEMENT_TYPE,
    predicateType: PREDICATE_TYPE,
    subject: [
      {
        name: file,
        digest: {
          blake3: digestHex(archive.blake3),
          sha256: digestHex(archive.sha256),
          sha512: digestHex(archive.sha512),
        },
      },
    ],
    predicate: {
      name: manifest.name,
      version: manifest.version,
      dependencies: writeDependencies(manifest.dependencies),
      features: manifest.features,
      conditions: manifest.conditions,
      ...contents,
      archives: [{ format: 'gzip', file, ...archive }],
    },
  }
  return Buffer.from(canonicalJson(statement))
}

/** Returns the bytes that a DSSE signature covers: the pre-authentication encoding of type and payload. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `),
    payload,
  ])
}

/** Writes the envelope that is stored next to the archive. */
export function writeEnvelope(payload: Uint8Array, signatures: readonly { keyid: KeyId; sig: Uint8Array }[]): Buffer {
  const envelope: Dsse = {
    payloadType: PAYLOAD_TYPE,
    payload: Buffer.from(payload).toString('base64'),
    signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig: Buffer.from(sig).toString('base64') })),
  }
  return Buffer.from(canonicalJson(envelope))
}

export interface ProvenEnvelope {
  readonly statement: PackageStatement
  /** the keys with a valid signature; at least one, unless unsigned envelopes are allowed */
  readonly signers: readonly KeyId[]
}

/**
 * Reads an envelope and checks every signature in it. One invalid signature, or two by the same key, make the whole
 * envelope invalid. The caller decides whose keys count.
 * @throws CpmError ENVELOPE_INVALID, SIGNATURE_INVALID
 */
export function readEnvelope(
  bytes: Uint8Array,
  label: string,
  { allowUnsigned = false }: { allowUnsigned?: boolean } = {},
): ProvenEnvelope {
  if (bytes.length > MAX_ENVELOPE_BYTES) throw invalid(label, 'is too large')
  const envelope = parse(() => Dsse.parse(parseCanonicalJson(bytes)), label, 'is not a canonical DSSE envelope')
  if (envelope.payloadType !== PAYLOAD_TYPE) throw invalid(label, `has a payload of type ${envelope.payloadType}`)
  const payload = decodeBase64(envelope.payload)
  if (!payload) throw invalid(label, 'has a payload that is not canonical base64')

  const encoded = preAuthEncoding(envelope.payloadType, payload)
  const signers = new Set<KeyId>()
  for (const { keyid, sig } of envelope.signatures) {
    const signature = decodeBase64(sig)
    if (signers.has(keyid)) throw invalid(label, `is signed twice by ${keyid}`)
    if (!signature || !verify(signature, encoded, keyid)) {
      throw new CpmError('SIGNATURE_INVALID', `the signature of ${label} by key ${keyid} is invalid`)
    }
    signers.add(keyid)
  }
  if (signers.size === 0 && !allowUnsigned) throw invalid(label, 'has no signatures')
  const statement = parse(
    () => PackageStatement.parse(ofToday(parseCanonicalJson(payload), label)),
    label,
    'does not contain a package statement',
  )
  checkSubject(statement, label)
  return { statement, signers: [...signers] }
}

/** The subject repeats the digests of the archives for tools that know only in-toto, so both must agree. */
function checkSubject({ subject, predicate }: PackageStatement, label: string): void {
  const fits = predicate.archives.every((archive, index) => {
    const entry = subject[index]
    return (
      entry?.name === archive.file &&
      entry.digest.blake3 === digestHex(archive.blake3) &&
      entry.digest.sha256 === digestHex(archive.sha256) &&
      entry.digest.sha512 === digestHex(archive.sha512)
    )
  })
  if (!fits || subject.length !== predicate.archives.length)
    throw invalid(label, 'has different digests in its subject and its archives')
}

const ANY_PREDICATE_TYPE = /^urn:colony-cpm:package:v([0-9]+)$/

/** @throws CpmError ENVELOPE_INVALID for a statement type that only a newer cpm can read */
function ofToday(statement: unknown, label: string): unknown {
  const type = (statement as { predicateType?: unknown } | null)?.predicateType
  const number = typeof type === 'string' ? ANY_PREDICATE_TYPE.exec(type)?.[1] : undefined
  if (number !== undefined && Number(number) > 1) throw madeByNewer('ENVELOPE_INVALID', `the envelope of ${label}`)
  return statement
}

function parse<T>(read: () => T, label: string, fact: string): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof CpmError) throw error
    throw invalid(label, fact, error)
  }
}

/** Decodes canonical padded base64, or returns undefined for anything else. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

function invalid(label: string, fact: string, cause?: unknown): CpmError {
  return new CpmError('ENVELOPE_INVALID', `the envelope of ${label} ${fact}`, { cause })
}
