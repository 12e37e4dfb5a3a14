import { once } from 'node:events'
import fs from 'node:fs'
import { createGzip, gzipSync } from 'node:zlib'
import { createBlake3 } from '../core/blake3.ts'
import type { PackedContents } from './signed-envelope.ts'

/** Level 9 takes 2.3 times as long and makes archives only 0.4% smaller (measured with 120 npm packages). */
const LEVEL = 6
/** The size of a tar's pieces. Each is held in memory twice. */
const PIECE = 8 * 1024 * 1024

/**
 * Compresses a tar and writes the archive. A tar of one piece is compressed in a single call: in a stream, each write
 * passes through several queues and another thread, which costs more than compressing a small file. Both ways write
 * the same bytes.
 */
export class ArchiveWriter {
  readonly #output: string
  readonly #hash = createBlake3()
  #size = 0
  #parts: Buffer[] = []
  #bytes = 0
  #stream: GzipStream | undefined

  /** @param output path of the archive to write; must not exist */
  constructor(output: string) {
    this.#output = output
  }

  /** Adds a part of the tar. The caller must not change its bytes afterwards. */
  async write(bytes: Buffer): Promise<void> {
    this.#parts.push(bytes)
    this.#bytes += bytes.length
    if (this.#bytes < PIECE) return
    this.#stream ??= new GzipStream(this.#output)
    await this.#stream.write(this.#takePiece())
  }

  /** Writes the rest, and returns the measurements of the tar. */
  async end(): Promise<PackedContents['tar']> {
    const last = this.#takePiece()
    if (this.#stream) await this.#stream.end(last)
    else fs.writeFileSync(this.#output, gzipSync(last, { level: LEVEL, chunkSize: last.length + 1024 }), { flag: 'wx' })
    return { size: this.#size, blake3: this.#hash.digest() }
  }

  /** Closes the archive after an error. */
  abandon(): void {
    this.#stream?.destroy()
  }

  #takePiece(): Buffer {
    const piece = Buffer.concat(this.#parts)
    this.#parts = []
    this.#bytes = 0
    this.#hash.update(piece)
    this.#size += piece.length
    return piece
  }
}

/** A file that is compressed while it is written. */
class GzipStream {
  readonly #gzip = createGzip({ level: LEVEL, chunkSize: 1024 * 1024 })
  readonly #out: fs.WriteStream
  readonly #written: Promise<unknown>

  constructor(output: string) {
    const gzip = this.#gzip
    const out = fs.createWriteStream(output, { flags: 'wx' })
    this.#out = out
    this.#written = once(out, 'close')
    // Errors reach us through this promise. Without its own listener, each would end the thread.
    this.#written.catch(() => undefined)
    out.on('error', (error) => gzip.destroy(error))
    gzip.on('error', (error) => out.destroy(error))
    gzip.pipe(out)
  }

  async write(bytes: Buffer): Promise<void> {
    if (!this.#gzip.write(bytes) && !this.#gzip.destroyed)
      await Promise.race([once(this.#gzip, 'drain'), this.#written])
  }

  async end(bytes: Buffer): Promise<void> {
    this.#gzip.end(bytes)
    await this.#written
  }

  destroy(): void {
    this.#gzip.destroy()
    this.#out.destroy()
  }
}
