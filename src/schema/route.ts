import type { z } from 'zod'
import type { ErrorCode } from './errors.ts'
import type { TokenScope } from './token.ts'

/**
 * A route of the registry's API, declared once: the server serves it, the client calls it, and the OpenAPI document is
 * generated from it. `:name` in a path is a package's name, whose scope, if any, is a separate path segment.
 */
export interface Route<
  Params extends z.ZodObject = z.ZodObject,
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType = z.ZodType,
  Reply extends z.ZodType = z.ZodType,
> {
  /** the operation's name in the OpenAPI document */
  readonly id: string
  readonly method: 'GET' | 'POST' | 'PATCH'
  readonly path: string
  readonly summary: string
  /** what the token must allow; `open` needs no token, even if the registry is private */
  readonly access: 'open' | TokenScope
  readonly params: Params
  readonly query: Query
  /** undefined if nothing is sent; `multipart` for files */
  readonly body: Body | 'multipart' | undefined
  /** `bytes` and `text` are not JSON */
  readonly reply: Reply | 'bytes' | 'text'
  /** errors of this operation, in addition to those of any request (src/schema/routes.ts) */
  readonly errors: readonly ErrorCode[]
}

export function route<
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Reply extends z.ZodType,
>(declared: Route<Params, Query, Body, Reply>): Route<Params, Query, Body, Reply> {
  return declared
}
