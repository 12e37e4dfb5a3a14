import { CpmError } from '../core/errors.ts'
import { blake3 } from '../core/blake3.ts'
import type { AppendOnlyFile } from '../core/ports.ts'
import type { Answer } from './attempt.ts'
import { misbehaved } from './network-error.ts'

/** How many known bytes to request again, to check that a tail continues the same file. */
const OVERLAP = 1024
/** longer tags are not kept */
const MAX_TAG = 256

/** Returns the headers that request the rest of a blob whose beginning is known. */
export function tailHeaders({ bytes, tag }: AppendOnlyFile): Record<string, string> {
  return {
    range: `bytes=${tailStart(bytes)}-`,
    ...(tag !== undefined && { 'if-none-match': tag }),
  }
}

function tailStart(bytes: Uint8Array): number {
  return Math.max(0, bytes.length - OVERLAP)
}

/** A blob assembled from the known bytes and a response. */
export interface Pieced {
  readonly grown: AppendOnlyFile
  /** whether the tag fits these bytes, if it contains a digest */
  readonly isWhole: boolean
}

/**
 * Combines the known bytes with the response to a request for the tail.
 * @throws CpmError INDEX_REWRITTEN if it does not continue the known bytes, REGISTRY_MISBEHAVED if it violates HTTP
 */
export async function pieceTogether(
  answer: Answer,
  before: AppendOnlyFile | undefined,
  { key, maxBytes }: { key: string; maxBytes: number },
): Promise<Pieced> {
  const { status, url } = answer
  if (status === 304) {
    if (before?.tag === undefined) throw misbehaved(url, `answered 304 to an unconditional request for ${key}`)
    return { grown: before, isWhole: true }
  }
  const tag = tagOf(answer)
  if (status === 200) {
    const bytes = await answer.bytes(maxBytes)
    // An index always has a record: accepting an empty one would mean that the package does not exist.
    if (!bytes.includes(0x0a)) throw misbehaved(url, `sent no complete line of ${key}`)
    if (before && !startsWith(bytes, before.bytes)) throw rewritten(key, before.bytes.length, bytes.length)
    return { grown: { bytes, tag }, isWhole: fitsTag(bytes, tag) }
  }
  if (status !== 206 || !before) throw misbehaved(url, `answered ${status} to a request for all of ${key}`)
  const start = tailStart(before.bytes)
  const range = contentRange(answer)
  if (range?.start !== start || range.end + 1 !== range.total) {
    throw misbehaved(url, `sent a different range of ${key} than requested`)
  }
  if (range.total > maxBytes) throw misbehaved(url, `says that ${key} is larger than ${maxBytes} bytes`)
  const tail = await answer.bytes(range.total - start)
  if (start + tail.length !== range.total) throw misbehaved(url, `sent a different range of ${key} than it declared`)
  if (!startsWith(tail, before.bytes.subarray(start))) throw rewritten(key, before.bytes.length, range.total)
  const bytes = Buffer.concat([before.bytes.subarray(0, start), tail])
  return { grown: { bytes, tag }, isWhole: fitsTag(bytes, tag) }
}

export function rewritten(key: string, before: number, now: number | undefined): CpmError {
  const fact =
    now === undefined ? 'is gone' : now < before ? 'is shorter than before' : 'begins differently than before'
  return new CpmError('INDEX_REWRITTEN', `${key} ${fact}: published history never changes`, {
    hint: "ask the registry's operator",
    details: { key, before, ...(now !== undefined && { now }) },
  })
}

const DIGEST_TAG = /^"blake3-([0-9a-f]{64})"$/

export function isDigestTag(tag: string): boolean {
  return DIGEST_TAG.test(tag)
}

/** cpm's servers tag an index with its digest. Any other tag only changes with the contents. */
export function fitsTag(bytes: Uint8Array, tag: string | undefined): boolean {
  const [, hex] = DIGEST_TAG.exec(tag ?? '') ?? []
  if (hex === undefined) return true
  return blake3(bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1)) === `blake3:${hex}`
}

function tagOf(answer: Answer): string | undefined {
  const tag = answer.header('etag')
  return tag !== undefined && tag.length <= MAX_TAG && /^(?:W\/)?"[\x21\x23-\x7e]*"$/.test(tag) ? tag : undefined
}

/** Returns a tag that identifies exact bytes, so that it can be used to request a part. */
export function strongTag(answer: Answer): string | undefined {
  const tag = tagOf(answer)
  return tag?.startsWith('"') === true ? tag : undefined
}

export function contentRange(answer: Answer): { start: number; end: number; total: number } | undefined {
  const header = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(answer.header('content-range') ?? '')
  if (!header) return undefined
  const [start = 0, end = 0, total = 0] = header.slice(1).map(Number)
  return start <= end && end < total ? { start, end, total } : undefined
}

function startsWith(bytes: Uint8Array, beginning: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(0, beginning.length), beginning) === 0
}
