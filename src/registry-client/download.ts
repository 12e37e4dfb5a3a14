import fs from 'node:fs'
import { CpmError, fileError } from '../core/errors.ts'
import type { ExpectedFile, LocalFile } from '../core/ports.ts'
import type { Answer } from './attempt.ts'
import { unexpected } from './answer-error.ts'
import { contentRange, strongTag } from './append-only-file.ts'
import type { HttpClient } from './http-client.ts'
import { misbehaved } from './network-error.ts'
import { Transient } from './retry.ts'

interface Wanted extends ExpectedFile {
  key: string
  /** must not exist yet */
  file: string
}

/**
 * An attempt that gets this much further does not count as failed, so that large files arrive over bad networks too.
 */
const WORTHWHILE_PROGRESS = 64 * 1024

/**
 * Downloads an archive of a known size. After a cut connection, the download resumes if the server sent a strong ETag,
 * and otherwise starts over. Returns undefined if the archive does not exist. The result is unproven: the unpacker
 * checks its digest.
 * @throws CpmError DIGEST_MISMATCH if the size is wrong twice
 */
export async function download(client: HttpClient, wanted: Wanted): Promise<LocalFile | undefined> {
  const partial = new Partial(wanted)
  let furthest = 0
  try {
    const isThere = await client.exchange(
      {
        method: 'GET',
        path: wanted.key,
        repeatable: true,
        anywhere: true,
        get headers() {
          return partial.resumeHeaders()
        },
        hasProgressed: () => {
          const got = partial.length >= furthest + WORTHWHILE_PROGRESS
          furthest = Math.max(furthest, partial.length)
          return got
        },
      },
      (answer) => partial.take(answer),
      { accept: [404, 416] },
    )
    partial.close()
    if (!isThere) partial.remove()
    return isThere
      ? {
          path: wanted.file,
          release: () => {
            partial.remove()
          },
        }
      : undefined
  } catch (error) {
    partial.close()
    partial.remove()
    throw error
  }
}

/** A partial download. */
class Partial {
  readonly #wanted: Wanted
  #fd: number | undefined
  #length = 0
  /** the ETag of the contents downloaded so far */
  #tag: string | undefined

  constructor(wanted: Wanted) {
    this.#wanted = wanted
  }

  get length(): number {
    return this.#length
  }

  resumeHeaders(): Record<string, string> {
    const isResumable = this.#length > 0 && this.#length < this.#wanted.size && this.#tag !== undefined
    return isResumable ? { range: `bytes=${this.#length}-`, 'if-range': this.#tag ?? '' } : {}
  }

  /** Reads a response to its end. Returns whether the file exists. */
  async take(answer: Answer): Promise<boolean> {
    const wasResumed = 'range' in this.resumeHeaders()
    if (answer.status === 404) return false
    if (answer.isHtml) throw unexpected(answer)
    if (answer.status === 200) this.#startOver(strongTag(answer))
    else if (!wasResumed || !this.#isContinuedBy(answer)) {
      this.#startOver(undefined)
      const fact = `sent a different part of ${this.#wanted.key} than requested`
      throw new Transient(misbehaved(answer.url, fact))
    }
    const promised = answer.length
    if (promised !== undefined && this.#length + promised !== this.#wanted.size) {
      throw this.#wrongSize(this.#length + promised)
    }
    for await (const chunk of answer.chunks()) {
      if (this.#length + chunk.length > this.#wanted.size) throw this.#wrongSize(undefined)
      this.#write(chunk)
    }
    if (this.#length === this.#wanted.size) return true
    if (answer.isDelimited) throw this.#wrongSize(this.#length)
    // Only the closed connection marked the end, so the body may be truncated.
    throw new Transient(
      new CpmError('REGISTRY_UNREACHABLE', `${answer.url.host} closed the connection too early`, {
        details: { host: answer.url.host },
      }),
    )
  }

  close(): void {
    if (this.#fd !== undefined) fs.closeSync(this.#fd)
    this.#fd = undefined
  }

  remove(): void {
    fs.rmSync(this.#wanted.file, { force: true })
  }

  #isContinuedBy(answer: Answer): boolean {
    if (answer.status !== 206) return false
    const range = contentRange(answer)
    const { size } = this.#wanted
    const tag = strongTag(answer)
    return (
      range?.start === this.#length &&
      range.total === size &&
      range.end === size - 1 &&
      (tag === undefined || tag === this.#tag)
    )
  }

  #startOver(tag: string | undefined): void {
    this.#tag = tag
    this.#length = 0
    this.#wanted.onProgress?.(0)
    if (this.#fd !== undefined) fs.ftruncateSync(this.#fd)
  }

  #write(chunk: Uint8Array): void {
    const { file } = this.#wanted
    try {
      this.#fd ??= fs.openSync(file, 'wx', 0o600)
      for (let at = 0; at < chunk.length;) {
        at += fs.writeSync(this.#fd, chunk, at, chunk.length - at, this.#length + at)
      }
    } catch (error) {
      throw fileError(error, 'write', file)
    }
    this.#length += chunk.length
    this.#wanted.onProgress?.(this.#length)
  }

  /** Discards the response, so that the next attempt starts over. */
  #wrongSize(actual: number | undefined): CpmError {
    this.#startOver(undefined)
    const { key, size } = this.#wanted
    return new CpmError(
      'DIGEST_MISMATCH',
      `${key} has ${actual === undefined ? 'more' : `${actual} bytes`}, ${actual === undefined ? `than the expected ${size} bytes` : `not the expected ${size}`}`,
      {
        hint: "ask the registry's operator",
        details: { key, promised: size, ...(actual !== undefined && { actual }) },
      },
    )
  }
}
