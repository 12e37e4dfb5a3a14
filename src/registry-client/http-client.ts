import type { EnvironmentVariables } from '../core/environment-variables.ts'
import type { NetworkSettings } from '../schema/config.ts'
import { STALE_HEADER } from '../schema/stale.ts'
import type { ErrorCode } from '../schema/errors.ts'
import { CpmError } from '../core/errors.ts'
import { type Connections, namesProxy, openConnections } from './agent.ts'
import { answerError } from './answer-error.ts'
import { type Answer, attempt, type Deadlines, deadlinesOf, type RequestBody } from './attempt.ts'
import { Authorization } from './authorization.ts'
import { misbehaved } from './network-error.ts'
import { RedirectGuard, type RedirectRule } from './redirect-guard.ts'
import { isRedirect, MOST_REDIRECTS, redirectTarget } from './redirects.ts'
import { retry, Transient } from './retry.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH'
  /** relative to the registry's URL */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: RequestBody
  /** whether the request is idempotent */
  readonly repeatable: boolean
  /** whether a redirect may lead to another host */
  readonly anywhere?: boolean
  /** the errors that the operation may return, besides those of any request */
  readonly errors?: readonly ErrorCode[]
  /** multiplies the time that the server may take to respond */
  readonly headersTimeoutFactor?: number
  readonly hasProgressed?: () => boolean
}

export interface HttpClientParts {
  network: NetworkSettings
  credentials: string
  env: EnvironmentVariables
  trusted: boolean
  insecure: boolean
  redirects: RedirectRule
  /** called once if the registry is a mirror that could not reach its upstream */
  onStale?: (since: string) => void
  cpmVersion: string
  signal: AbortSignal
}

const DEFAULT_RETRIES = 4

/** Errors of one response that a second request may not repeat. */
const OF_ONE_ANSWER = new Set<ErrorCode>(['REGISTRY_MISBEHAVED', 'INDEX_REWRITTEN', 'DIGEST_MISMATCH'])

/** Sends requests to one registry. Every response is either valid or an error that explains why not. */
export class HttpClient {
  readonly base: URL
  readonly #connections: Connections
  readonly #guard: RedirectGuard
  readonly #authorization: Authorization
  readonly #deadlines: Deadlines
  readonly #retries: number
  readonly #headers: Readonly<Record<string, string>>
  readonly #stop = new AbortController()
  readonly #isPlain: boolean
  #onStale: ((since: string) => void) | undefined

  /** @param base from `parseRegistryUrl` */
  constructor(base: URL, { network, env, cpmVersion, signal, redirects, onStale, ...parts }: HttpClientParts) {
    this.base = base
    this.#onStale = onStale
    this.#authorization = new Authorization(base, { env, ...parts })
    this.#deadlines = deadlinesOf(network.timeout)
    this.#retries = network.retries ?? DEFAULT_RETRIES
    this.#guard = new RedirectGuard({ base, rule: redirects, allowed: network.allowedAddresses ?? [] })
    this.#isPlain = Object.keys(network).every((name) => name === 'retries') && !namesProxy(env)
    this.#connections = openConnections(network, env, this.#deadlines.headers, this.#guard.lookup)
    // No compression: the bytes are those that were signed, and a small response can't expand to a large one.
    this.#headers = { 'user-agent': `cpm/${cpmVersion}`, 'accept-encoding': 'identity' }
    const interrupt = () => void this.#end(signal.reason as Error)
    if (signal.aborted) interrupt()
    else signal.addEventListener('abort', interrupt, { once: true })
  }

  /** Whether requests go to the server directly, without a token, by default settings. */
  get isPlain(): boolean {
    return this.#isPlain && this.#authorization.headersFor(this.base).authorization === undefined
  }

  /** Aborts all requests and closes all connections. */
  async close(): Promise<void> {
    await this.#end(new Error('the client was closed'))
  }

  async #end(reason: Error): Promise<void> {
    this.#stop.abort(reason)
    await this.#connections.destroy(reason)
  }

  /**
   * Sends a request, follows redirects, and retries if that may help, but only once after an invalid response. `read`
   * is called once per attempt, with a successful response or one whose status is in `accept`.
   */
  async exchange<T>(
    request: HttpRequest,
    read: (answer: Answer) => Promise<T>,
    { accept = [] }: { accept?: readonly number[] } = {},
  ): Promise<T> {
    let hadBadAnswer = false
    return await retry(
      async () => {
        try {
          return await this.#exchangeOnce(request, read, accept)
        } catch (error) {
          if (hadBadAnswer || !(error instanceof CpmError && OF_ONE_ANSWER.has(error.code))) throw error
          hadBadAnswer = true
          throw new Transient(error)
        }
      },
      {
        retries: request.repeatable ? this.#retries : 0,
        signal: this.#stop.signal,
        ...(request.hasProgressed && { hasProgressed: request.hasProgressed }),
      },
    )
  }

  async #exchangeOnce<T>(
    request: HttpRequest,
    read: (answer: Answer) => Promise<T>,
    accept: readonly number[],
  ): Promise<T> {
    const answer = await this.#follow(request)
    try {
      const isWanted = (answer.status >= 200 && answer.status < 300) || accept.includes(answer.status)
      if (isWanted) return await read(answer)
      const { errors = [] } = request
      throw await answerError(answer, { errors, authorization: this.#authorization })
    } finally {
      answer.discard()
    }
  }

  async #follow(request: HttpRequest): Promise<Answer> {
    const { method, anywhere = false } = request
    let url = new URL(request.path, this.base)
    for (let hops = 0; ; hops++) {
      const answer = await this.#send(request, url, hops > 0)
      if (!isRedirect(answer.status)) return answer
      try {
        if (method !== 'GET') throw misbehaved(url, `redirects a ${method} request, which cpm does not follow`)
        if (hops === MOST_REDIRECTS) throw misbehaved(url, `redirects more than ${MOST_REDIRECTS} times`)
        url = redirectTarget(url, answer.header('location'), { base: this.base, anywhere })
      } finally {
        answer.discard()
      }
    }
  }

  async #send(request: HttpRequest, url: URL, isRedirected: boolean): Promise<Answer> {
    this.#stop.signal.throwIfAborted()
    const { method, headers, body, headersTimeoutFactor = 1 } = request
    const isGuarded = isRedirected && (await this.#guard.guards(url))
    if (isGuarded) await this.#guard.require(url)
    // Only the URL that the user named gets the token, never a redirect's target.
    const authorization = isRedirected ? {} : this.#authorization.headersFor(url)
    const answer = await attempt(
      { method, url, body, headers: { ...this.#headers, ...headers, ...authorization } },
      {
        dispatcher: this.#connections.for(url, isGuarded),
        deadlines: { ...this.#deadlines, headers: this.#deadlines.headers * headersTimeoutFactor },
        redact: this.#authorization.redact,
      },
    )
    this.#noteStale(answer)
    const encoding = answer.header('content-encoding')
    if (encoding === undefined || encoding.toLowerCase() === 'identity') return answer
    answer.discard()
    throw misbehaved(url, 'sent a compressed response, which cpm did not accept')
  }

  #noteStale(answer: Answer): void {
    const since = answer.header(STALE_HEADER)
    if (since === undefined || !/^\d{4}-\d\d-\d\dT[\d:.]{8,15}Z$/.test(since)) return
    this.#onStale?.(since)
    this.#onStale = undefined
  }
}
