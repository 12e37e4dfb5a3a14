import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { AwsV4Signer } from 'aws4fetch'
import type { Dispatcher } from 'undici'
import { CpmError } from '../../../core/errors.ts'
import { networkCode } from '../post.ts'
import type { S3Place } from './s3-place.ts'
import { s3Code, s3Refusal, s3Unreachable } from './s3-error.ts'

interface S3ClientOptions {
  place: S3Place
  dispatcher: Dispatcher
  /** milliseconds without progress before a request fails */
  timeout: number
  signal?: AbortSignal | undefined
  /** pauses before a request is repeated, in milliseconds; both kinds of request can be repeated safely */
  pauses?: readonly number[]
}

/** Bytes whose digest is known before they are sent. */
export interface S3Object {
  readonly key: string
  readonly size: number
  /** 64 hex digits */
  readonly sha256: string
  /** 32 hex digits, or empty if unknown */
  readonly md5: string
  /** the bytes, reread for each attempt */
  readonly bytes: () => AsyncIterable<Uint8Array>
}

interface S3Answer {
  readonly status: number
  readonly size: number | undefined
  /** identifies the content of an object, without its quotes */
  readonly tag: string
  readonly text: string
}

/** Statuses that may be temporary. */
const PASSING = new Set([429, 500, 502, 503, 504])
const MD5 = /^[0-9a-f]{32}$/
const PAUSES = [200, 1000]
const MAX_ERROR_BYTES = 64 * 1024
const NO_BYTES = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** Talks to one bucket. The signature covers the digest of the bytes, so the server stores these bytes or none. */
export class S3Client {
  readonly place: S3Place
  readonly #options: S3ClientOptions
  /** derived keys, one per day */
  readonly #keys = new Map<string, ArrayBuffer>()

  constructor(options: S3ClientOptions) {
    this.#options = options
    this.place = options.place
  }

  /**
   * Returns whether the object exists, by its size and tag. Most servers use the MD5 of the bytes as the tag. If a
   * server that encrypts with its own keys uses another tag, or the key has no read access, the object is uploaded
   * again.
   */
  async has({ key, size, md5 }: S3Object): Promise<boolean> {
    const { status, size: found, tag } = await this.#patiently(() => this.#request('HEAD', key, { sha256: NO_BYTES }))
    return status === 200 && found === size && (md5 === '' || !MD5.test(tag) || tag === md5)
  }

  /**
   * Stores an object.
   * @throws CpmError S3_DENIED, S3_REFUSED or S3_UNREACHABLE
   */
  async put({ key, size, sha256, bytes }: S3Object): Promise<void> {
    const answer = await this.#patiently(() => this.#request('PUT', key, { sha256, size, body: bytes() }))
    if (answer.status === 200) return
    throw s3Refusal(this.place, answer.status, s3Code(answer.status, answer.text))
  }

  /** Repeats a request if there was no answer or a temporary error. */
  async #patiently(attempt: () => Promise<S3Answer>): Promise<S3Answer> {
    for (const pause of this.#options.pauses ?? PAUSES) {
      try {
        const answer = await attempt()
        if (!PASSING.has(answer.status)) return answer
      } catch (error) {
        if (!(error instanceof CpmError) || error.code !== 'S3_UNREACHABLE') throw error
      }
      await delay(pause, undefined, { signal: this.#options.signal })
    }
    return await attempt()
  }

  async #request(
    method: 'HEAD' | 'PUT',
    key: string,
    { sha256, size, body }: { sha256: string; size?: number; body?: AsyncIterable<Uint8Array> },
  ): Promise<S3Answer> {
    const { url: root, bucket, region, accessKey, secretKey } = this.place
    const { dispatcher, timeout, signal } = this.#options
    const signed = await new AwsV4Signer({
      method,
      url: `${root.href}${bucket}/${key}`,
      headers: { 'x-amz-content-sha256': sha256 },
      accessKeyId: accessKey,
      secretAccessKey: secretKey,
      service: 's3',
      region,
      cache: this.#keys,
    }).sign()
    try {
      const {
        statusCode,
        headers,
        body: reply,
      } = await dispatcher.request({
        origin: root.origin,
        path: signed.url.pathname,
        method,
        headers: {
          ...Object.fromEntries(signed.headers),
          ...(size !== undefined && { 'content-length': String(size), 'content-type': 'application/octet-stream' }),
        },
        body: body === undefined || size === 0 ? null : Readable.from(body),
        ...(signal && { signal }),
        headersTimeout: timeout,
        bodyTimeout: timeout,
      })
      const { 'content-length': length = '', etag = '' } = headers
      return {
        status: statusCode,
        size: length === '' ? undefined : Number(length),
        tag: String(etag).replaceAll('"', ''),
        text: await beginning(reply),
      }
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof CpmError) throw error
      throw s3Unreachable(this.place, networkCode(error))
    }
  }
}

/** Reads the start of an answer. */
async function beginning(body: AsyncIterable<Uint8Array> & { destroy: () => unknown }): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    size += chunk.length
    if (size > MAX_ERROR_BYTES) {
      body.destroy()
      break
    }
  }
  return Buffer.concat(chunks).toString('utf8')
}
