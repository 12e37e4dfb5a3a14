import type { z } from 'zod'
import type { Route } from '../schema/route.ts'
import { parseJson } from '../core/canonical-json.ts'
import { CpmError } from '../core/errors.ts'
import { unexpected } from './answer-error.ts'
import type { RequestBody } from './attempt.ts'
import type { HttpClient } from './http-client.ts'
import { misbehaved } from './network-error.ts'

interface CallInput<Params, Query, Body, Reply> {
  params?: Params
  query?: Query
  /** the body that the route declares, or a multipart body */
  body?: Body | RequestBody
  /** whether the request is idempotent; true for GET */
  repeatable?: boolean
  /** multiplies the time that the server may take to respond */
  headersTimeoutFactor?: number
  /** rejects a valid response that does not fit the request */
  check?: (reply: Reply) => void
}

const MAX_REPLY_BYTES = 64 * 1024 * 1024

/** Calls the API of a registry by its declared routes, and validates the responses. */
export class Api {
  readonly #client: HttpClient
  readonly #root: URL

  /** @param root the base URL of all routes, with a trailing slash */
  constructor(client: HttpClient, root: URL) {
    this.#client = client
    this.#root = root
  }

  /** Returns the URL of a route without params. */
  urlOf(route: { path: string }): string {
    return new URL(`.${route.path}`, this.#root).href
  }

  async call<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType, Reply extends z.ZodType>(
    route: Route<Params, Query, Body, Reply>,
    input: CallInput<z.input<Params>, z.input<Query>, z.input<Body>, z.output<Reply>> = {},
  ): Promise<z.output<Reply>> {
    const {
      params = {},
      query = {},
      body,
      repeatable = route.method === 'GET',
      headersTimeoutFactor = 1,
      check,
    } = input
    const { method, errors, reply } = route
    const payload = body === undefined ? undefined : isRequestBody(body) ? body : jsonBody(body)
    const path = pathOf(route.path, params) + queryOf(query)
    return await this.#client.exchange(
      {
        method,
        path: new URL(`.${path}`, this.#root).href,
        repeatable,
        errors,
        headersTimeoutFactor,
        headers: { accept: 'application/json' },
        ...(payload && { body: payload }),
      },
      async (answer) => {
        if (answer.status !== 200 && answer.status !== 201) throw unexpected(answer)
        if (answer.isHtml || typeof reply === 'string') throw unexpected(answer)
        const bytes = await answer.bytes(MAX_REPLY_BYTES)
        const result = reply.safeParse(parseJson(bytes, 'REGISTRY_MISBEHAVED', `the response of ${answer.url.host}`))
        if (result.success) {
          check?.(result.data)
          return result.data
        }
        const [issue] = result.error.issues
        const where = issue ? `${issue.path.join('.')}: ${issue.message}` : ''
        throw misbehaved(answer.url, `sent an invalid response to ${route.id}: ${where}`, 'update cpm')
      },
    )
  }
}

/** Fills in the params, which are validated types. A scoped `:name` becomes two segments. */
function pathOf(pattern: string, params: Record<string, unknown>): string {
  return pattern.replaceAll(/:([a-z]+)/g, (_, key: string) => params[key] as string)
}

function queryOf(query: Record<string, unknown>): string {
  const given = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) given.append(key, typeof value === 'string' ? value : JSON.stringify(value))
  }
  return given.size === 0 ? '' : `?${given.toString()}`
}

function jsonBody(value: unknown): RequestBody {
  const bytes = Buffer.from(JSON.stringify(value))
  return { type: 'application/json', length: bytes.length, open: () => bytes }
}

function isRequestBody(body: unknown): body is RequestBody {
  return typeof body === 'object' && body !== null && 'open' in body
}

/** Returns the result of a call; undefined if the registry does not have the package. */
export async function orNotFound<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (error instanceof CpmError && error.code === 'PACKAGE_NOT_FOUND') return undefined
    throw error
  }
}
