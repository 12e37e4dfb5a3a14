import fs from 'node:fs'
import type { Writable } from 'node:stream'
import zlib from 'node:zlib'
import { CpmError } from '../core/errors.ts'
import { tooLarge } from './limits.ts'

const HEADER_BYTES = 10
const TRAILER_BYTES = 8
/** Archives up to this size, packed and unpacked, are inflated in one call, which is several times faster. */
const WHOLE = 32 * 1024 * 1024
const PIECE = 1024 * 1024

/** A packed archive, in memory or in a file. */
export interface Packed {
  readonly size: number
  read(position: number, length: number): Buffer
}

/** Reads an archive as a whole if it is small, so that what is checked and what is inflated are the same bytes. */
export function openPacked(fd: number, size: number): Packed {
  if (size > WHOLE) return { size, read: (position, length) => readAt(fd, position, length) }
  const bytes = readAt(fd, 0, size)
  return { size, read: (position, length) => bytes.subarray(position, position + length) }
}

interface InflateOptions {
  /** an archive that unpacks to more is refused */
  maxBytes: number
  /** the unpacked size if it is known, for an output buffer of the right size; never more than `maxBytes` */
  expectedBytes?: number | undefined
}

/**
 * Inflates a file that must be a single gzip member (RFC 1952): no flags, nothing after it, correct checksum and
 * length.
 * @throws CpmError ARCHIVE_INVALID, ARCHIVE_TOO_LARGE
 */
export async function inflateMember(
  packed: Packed,
  { maxBytes, expectedBytes }: InflateOptions,
  push: (chunk: Buffer) => void,
): Promise<void> {
  const { size } = packed
  if (size < HEADER_BYTES + TRAILER_BYTES) throw invalid('is too short')
  checkHeader(packed.read(0, HEADER_BYTES))
  const trailer = packed.read(size - TRAILER_BYTES, TRAILER_BYTES)
  const bodyBytes = size - HEADER_BYTES - TRAILER_BYTES
  const state = { crc: 0, length: 0 }
  const take = (chunk: Buffer) => {
    state.length += chunk.length
    if (state.length > maxBytes) throw tooLarge(`it unpacks to more than ${maxBytes} bytes`)
    state.crc = zlib.crc32(chunk, state.crc)
    push(chunk)
  }
  const small = size <= WHOLE && (expectedBytes ?? maxBytes) <= WHOLE
  const consumed = small
    ? inflateWhole(packed.read(HEADER_BYTES, bodyBytes), Math.min(maxBytes, expectedBytes ?? maxBytes), maxBytes, take)
    : await inflatePieces(packed, bodyBytes, take)
  if (consumed !== bodyBytes) throw invalid('has bytes after its gzip member')
  if (trailer.readUInt32LE(0) !== state.crc) throw invalid('has a wrong gzip checksum')
  if (trailer.readUInt32LE(4) !== state.length % 2 ** 32) throw invalid('has a wrong gzip length')
}

/** A deflate stream marks its own end, so the number of consumed bytes shows whether anything follows. */
function inflateWhole(body: Buffer, chunkSize: number, maxBytes: number, take: (chunk: Buffer) => void): number {
  try {
    const { buffer, engine } = zlib.inflateRawSync(body, {
      maxOutputLength: maxBytes + 1,
      chunkSize: Math.max(1024, chunkSize + 1),
      info: true,
    }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } }
    take(buffer)
    return engine.bytesWritten
  } catch (error) {
    throw asArchiveError(error, maxBytes)
  }
}

async function inflatePieces(packed: Packed, bodyBytes: number, take: (chunk: Buffer) => void): Promise<number> {
  const inflate = zlib.createInflateRaw({ chunkSize: PIECE })
  const feed = async () => {
    for (let at = 0; at < bodyBytes && !inflate.destroyed; at += PIECE) {
      const piece = packed.read(HEADER_BYTES + at, Math.min(PIECE, bodyBytes - at))
      if (!inflate.write(piece)) await roomIn(inflate)
    }
    inflate.end()
  }
  const feeding = feed()
  try {
    for await (const chunk of inflate) take(chunk as Buffer)
    await feeding
    return inflate.bytesWritten
  } catch (error) {
    throw asArchiveError(error, 0)
  } finally {
    inflate.destroy()
    await feeding.catch(() => undefined)
  }
}

/** Waits until a stream accepts more, or is closed. */
function roomIn(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done).off('close', done)
      resolve()
    }
    stream.on('drain', done).on('close', done)
  })
}

function asArchiveError(error: unknown, maxBytes: number): unknown {
  if (error instanceof CpmError) return error
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(`it unpacks to more than ${maxBytes} bytes`)
  if (code?.startsWith('Z_') === true)
    return invalid(code === 'Z_BUF_ERROR' ? 'is truncated' : `is damaged (${message})`, error)
  return error
}

function checkHeader(header: Buffer): void {
  if (header[0] !== 0x1f || header[1] !== 0x8b || header[2] !== 8) throw invalid('is not a gzip file')
  if (header[3] !== 0) throw invalid('has extra fields in its gzip header')
}

function readAt(fd: number, position: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length)
  let done = 0
  while (done < length) {
    const read = fs.readSync(fd, buffer, done, length - done, position + done)
    if (read === 0) throw invalid('shrank while it was being read')
    done += read
  }
  return buffer
}

function invalid(fact: string, cause?: unknown): CpmError {
  return new CpmError('ARCHIVE_INVALID', `the archive ${fact}`, { cause })
}
