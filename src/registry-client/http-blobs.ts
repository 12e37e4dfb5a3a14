import type { Blobs, AppendOnlyFile, ExpectedFile, LocalFile } from '../core/ports.ts'
import { Semaphore } from '../core/concurrency.ts'
import { isSafeRelative } from '../core/safe-path.ts'
import type { StagingArea } from '../core/staging.ts'
import type { Answer } from './attempt.ts'
import { unexpected } from './answer-error.ts'
import { download } from './download.ts'
import { pieceTogether, rewritten, tailHeaders } from './append-only-file.ts'
import type { HttpClient } from './http-client.ts'
import { misbehaved } from './network-error.ts'

interface HttpBlobsOptions {
  /** for downloads in progress */
  staging: StagingArea
  maxConcurrentDownloads?: number | undefined
}

const DEFAULT_DOWNLOADS = 8

/**
 * The static files of a registry, over HTTP. Only a 404 means that a file does not exist; a captive portal, an outage
 * or a refusal never does.
 */
export class HttpBlobs implements Blobs {
  readonly label: string
  readonly #client: HttpClient
  readonly #staging: StagingArea
  readonly #downloads: Semaphore

  constructor(client: HttpClient, { staging, maxConcurrentDownloads = DEFAULT_DOWNLOADS }: HttpBlobsOptions) {
    this.label = client.base.href.replace(/\/$/, '')
    this.#client = client
    this.#staging = staging
    this.#downloads = new Semaphore(maxConcurrentDownloads)
  }

  async get(key: string, { maxBytes }: { maxBytes: number }): Promise<Uint8Array | undefined> {
    return await this.#read(key, {}, async (answer) => {
      if (answer.status === 404) return undefined
      if (answer.status !== 200 || answer.isHtml) throw unexpected(answer)
      return await answer.bytes(maxBytes)
    })
  }

  async readTail(
    key: string,
    before: AppendOnlyFile | undefined,
    limit: { maxBytes: number },
  ): Promise<AppendOnlyFile | undefined> {
    const known = before && before.bytes.length > 0 ? before : undefined
    const pieced = await this.#ask(key, known, known ? tailHeaders(known) : {}, limit.maxBytes)
    if (!pieced || pieced.isWhole) return pieced?.grown
    // The bytes don't match the server's tag. Either may be wrong, so request the whole file.
    const whole = await this.#ask(key, known, {}, limit.maxBytes)
    if (!whole || whole.isWhole) return whole?.grown
    throw misbehaved(this.#client.base, `sent bytes of ${key} that don't match their ETag`)
  }

  async file(key: string, expected: ExpectedFile): Promise<LocalFile | undefined> {
    requireKey(key)
    return await this.#downloads.pass(() =>
      download(this.#client, { key, ...expected, file: this.#staging.temporary() }),
    )
  }

  async #ask(key: string, known: AppendOnlyFile | undefined, headers: Record<string, string>, maxBytes: number) {
    return await this.#read(
      key,
      headers,
      async (answer) => {
        if (answer.isHtml && answer.status !== 404) throw unexpected(answer)
        if (answer.status !== 404 && answer.status !== 416) return await pieceTogether(answer, known, { key, maxBytes })
        if (known) throw rewritten(key, known.bytes.length, answer.status === 416 ? 0 : undefined)
        if (answer.status === 416) throw unexpected(answer)
        return undefined
      },
      [304, 404, 416],
    )
  }

  async #read<T>(
    key: string,
    headers: Record<string, string>,
    read: (answer: Answer) => Promise<T>,
    accept: readonly number[] = [404],
  ): Promise<T> {
    requireKey(key)
    return await this.#client.exchange({ method: 'GET', path: key, headers, repeatable: true }, read, { accept })
  }
}

/** Keys consist of validated names, so an unsafe key is a bug. */
function requireKey(key: string): void {
  if (!isSafeRelative(key) || /[?#%]/.test(key)) throw new Error(`not a key of a registry: ${JSON.stringify(key)}`)
}
