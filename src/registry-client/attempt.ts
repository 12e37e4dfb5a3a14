import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { misbehaved, networkError, tooSlow } from './network-error.ts'

/** The body of a request. */
export interface RequestBody {
  readonly type: string
  readonly length: number
  /** returns the bytes, new for each attempt; calls `onProgress` whenever some are consumed */
  readonly open: (onProgress: () => void) => Uint8Array | Readable
}

export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'PATCH'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: RequestBody | undefined
}

/** Time limits in milliseconds. All derive from the setting network.timeout. */
export interface Deadlines {
  /** from the end of the request until the response begins */
  readonly headers: number
  /** until a small response is complete */
  readonly body: number
  /** interval in which a large response must average at least 1 KiB/s */
  readonly pace: number
}

export function deadlinesOf(seconds = 30): Deadlines {
  return { headers: 1000 * seconds, body: 2000 * seconds, pace: 500 * seconds }
}

const SLOWEST_BYTES_PER_SECOND = 1024

/** One response. It must be read or discarded. */
export class Answer {
  readonly url: URL
  readonly status: number
  readonly #headers: Dispatcher.ResponseData['headers']
  readonly #body: Dispatcher.ResponseData['body']
  readonly #deadlines: Deadlines
  readonly #redact: (text: string) => string

  constructor(
    url: URL,
    { statusCode, headers, body }: Dispatcher.ResponseData,
    deadlines: Deadlines,
    redact: (text: string) => string,
  ) {
    this.url = url
    this.status = statusCode
    this.#headers = headers
    this.#body = body
    this.#deadlines = deadlines
    this.#redact = redact
    // Readers get errors anyway; without a reader they don't matter.
    body.on('error', () => undefined)
  }

  /** Returns a header that may occur once. @throws CpmError REGISTRY_MISBEHAVED if it occurs twice */
  header(name: string): string | undefined {
    const value = this.#headers[name]
    if (Array.isArray(value)) throw misbehaved(this.url, `sent the header ${name} more than once`)
    return value
  }

  /** The declared length of the body. */
  get length(): number | undefined {
    const text = this.header('content-length')
    if (text === undefined) return undefined
    if (!/^\d{1,15}$/.test(text)) throw misbehaved(this.url, 'sent an invalid Content-Length')
    return Number(text)
  }

  get isHtml(): boolean {
    return /^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(this.header('content-type') ?? '')
  }

  /** Whether a length or chunks mark the end of the body, rather than only the end of the connection. */
  get isDelimited(): boolean {
    return this.length !== undefined || this.header('transfer-encoding') !== undefined
  }

  /** Reads a small body. @throws CpmError REGISTRY_MISBEHAVED if it is larger than `maxBytes` */
  async bytes(maxBytes: number): Promise<Buffer> {
    if ((this.length ?? 0) > maxBytes) throw this.#tooLarge(maxBytes)
    const chunks: Buffer[] = []
    let size = 0
    const deadline = setTimeout(() => {
      this.#body.destroy(new Overdue())
    }, this.#deadlines.body)
    try {
      for await (const chunk of this.#read()) {
        size += chunk.length
        if (size > maxBytes) throw this.#tooLarge(maxBytes)
        chunks.push(chunk)
      }
    } finally {
      clearTimeout(deadline)
    }
    this.#requireLength(size)
    return Buffer.concat(chunks)
  }

  /** Streams a large body, and fails if it arrives too slowly. */
  async *chunks(): AsyncGenerator<Buffer> {
    let fresh = 0
    let size = 0
    const { pace } = this.#deadlines
    const least = (SLOWEST_BYTES_PER_SECOND * pace) / 1000
    const watch = setInterval(() => {
      if (fresh < least) this.#body.destroy(new Overdue())
      fresh = 0
    }, pace)
    try {
      for await (const chunk of this.#read()) {
        fresh += chunk.length
        size += chunk.length
        yield chunk
      }
    } finally {
      clearInterval(watch)
    }
    this.#requireLength(size)
  }

  /** Discards the unread body. A short rest is read to its end, so that the connection can be reused. */
  discard(): void {
    if (this.#body.destroyed || this.#body.readableEnded) return
    this.#body.dump({ limit: MAX_DUMPED_BYTES, signal: AbortSignal.timeout(MAX_DUMPING) }).catch(() => undefined)
  }

  async *#read(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of this.#body) yield chunk as Buffer
    } catch (error) {
      if (error instanceof Overdue) throw tooSlow(this.url, 'sent its response too slowly')
      throw networkError(error, this.url, this.#redact)
    }
  }

  #requireLength(size: number): void {
    const { length = size } = this
    if (size !== length) throw misbehaved(this.url, `declared ${length} bytes but sent ${size}`)
  }

  #tooLarge(maxBytes: number) {
    return misbehaved(this.url, `sent more than the ${maxBytes} bytes allowed for this response`)
  }
}

const MAX_DUMPED_BYTES = 16 * 1024
const MAX_DUMPING = 2000

class Overdue extends Error {}

interface WireOptions {
  dispatcher: Dispatcher
  deadlines: Deadlines
  /** removes secrets from a string */
  redact: (text: string) => string
}

/** Sends a request once and waits until the response begins. @throws Transient if none does */
export async function attempt(
  { method, url, headers, body }: WireRequest,
  { dispatcher, deadlines, redact }: WireOptions,
): Promise<Answer> {
  const abort = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      abort.abort()
      reject(new Overdue())
    }, deadlines.headers)
  })
  const response = dispatcher.request({
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method,
    headers: {
      ...headers,
      ...(body && { 'content-type': body.type, 'content-length': String(body.length) }),
    },
    body: body?.open(() => timer?.refresh()) ?? null,
    signal: abort.signal,
    // Our own deadlines cover everything from the start of the request, including connecting and tunneling.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  try {
    return new Answer(url, await Promise.race([response, overdue]), deadlines, redact)
  } catch (error) {
    if (!(error instanceof Overdue)) throw networkError(error, url, redact)
    // Discard a late response.
    response.then(
      (late) => late.body.on('error', () => undefined).destroy(),
      () => undefined,
    )
    throw tooSlow(url, 'did not respond in time')
  } finally {
    clearTimeout(timer)
  }
}
