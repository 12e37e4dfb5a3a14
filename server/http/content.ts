import type { FileHandle } from 'node:fs/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import parseRange from 'range-parser'
import { fileError } from '../../src/core/errors.ts'
import { openRegular } from '../../src/core/regular-file.ts'
import { READ_AT_ONCE } from './limits.ts'

/** Bytes to send unchanged, from memory or from a file. */
export interface Content {
  readonly type: string
  /** identifies exactly these bytes: a strong ETag without its quotes */
  readonly tag: string
  /** whether the bytes at this address never change */
  readonly immutable: boolean
  readonly body: Uint8Array | { readonly file: string; readonly size: number }
}

const YEAR = 365 * 24 * 60 * 60

/** Answers a GET or HEAD request for some content, with support for conditions, ranges and caches. */
export async function sendContent(
  request: FastifyRequest,
  reply: FastifyReply,
  { type, tag, immutable, body }: Content,
  isPrivate: boolean,
): Promise<unknown> {
  const etag = `"${tag}"`
  const size = body instanceof Uint8Array ? body.length : body.size
  reply
    .header('etag', etag)
    .header('accept-ranges', 'bytes')
    .header('cache-control', cacheControl(immutable, isPrivate))
  if (isNamed(request.headers['if-none-match'], etag)) return await reply.code(304).send()

  const range = request.method === 'GET' ? wantedRange(request, size, etag) : 'all'
  if (range === 'none') {
    // The range is wrong, not the resource, so caches must not keep this response.
    reply.removeHeader('etag').header('cache-control', 'no-store').header('content-range', `bytes */${size}`)
    return await reply.code(416).send()
  }
  const { start, end } = range === 'all' ? { start: 0, end: size - 1 } : range
  reply.header('content-type', type).header('content-length', end - start + 1)
  if (range !== 'all') reply.code(206).header('content-range', `bytes ${start}-${end}/${size}`)
  if (request.method === 'HEAD') return await reply.send()
  if (body instanceof Uint8Array) return await reply.send(asBuffer(body).subarray(start, end + 1))
  const handle = await openRegular(body.file)
  if (size > READ_AT_ONCE) return await reply.send(handle.createReadStream({ start, end, highWaterMark: 256 * 1024 }))
  return await reply.send((await readWhole(handle, body.file)).subarray(start, end + 1))
}

function cacheControl(immutable: boolean, isPrivate: boolean): string {
  const who = isPrivate ? 'private' : 'public'
  return immutable ? `${who}, max-age=${YEAR}, immutable` : isPrivate ? 'private, no-cache' : 'no-cache'
}

function isNamed(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  // If-None-Match uses weak comparison, so weak and strong tags count alike (RFC 9110, 13.1.2).
  return header.trim() === '*' || header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
}

/** Returns the range to send. A request for several ranges, or in another unit than bytes, gets the whole content. */
function wantedRange(
  request: FastifyRequest,
  size: number,
  etag: string,
): { start: number; end: number } | 'all' | 'none' {
  const { range, 'if-range': ifRange } = request.headers
  if (range === undefined || (ifRange !== undefined && ifRange !== etag)) return 'all'
  const ranges = parseRange(size, range)
  if (ranges === -1) return 'none'
  const [first] = ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1 ? [] : ranges
  return first ?? 'all'
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

async function readWhole(handle: FileHandle, file: string): Promise<Buffer> {
  try {
    return await handle.readFile()
  } catch (error) {
    throw fileError(error, 'read', file)
  } finally {
    await handle.close()
  }
}
