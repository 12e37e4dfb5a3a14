import type { z } from 'zod'
import type { Route } from '../../src/schema/route.ts'
import type { Caller } from './access.ts'
import type { Content } from './content.ts'
import type { Services } from '../services/services.ts'
import type { Part } from '../services/parts.ts'

/** What a route's function gets: what its declaration says of the request, read and checked. */
export interface Input<R extends Route> {
  readonly params: z.infer<R['params']>
  readonly query: z.infer<R['query']>
  readonly body: z.infer<Extract<R['body'], z.ZodType>>
  readonly parts: () => AsyncIterable<Part>
  /** ends when the client leaves */
  readonly leaving: () => AbortSignal
  readonly caller: Caller
}

/** A route with what answers it; `src/schema/routes` says all the rest. */
export interface Served {
  readonly route: Route
  readonly answer: (input: Input<Route>, services: Services) => Answer | Promise<Answer>
}

export type Answer =
  | { readonly kind: 'json'; readonly value: unknown; readonly status?: number }
  | { readonly kind: 'content'; readonly content: Content }
  | { readonly kind: 'text'; readonly text: string; readonly type: string }

/** Serves a route that answers a document. */
export function handle<R extends Route>(
  route: R,
  work: (
    input: Input<R>,
    services: Services,
  ) => z.input<Extract<R['reply'], z.ZodType>> | Promise<z.input<Extract<R['reply'], z.ZodType>>>,
): Served {
  return serve(route, async (input, services) => ({ kind: 'json', value: await work(input, services) }))
}

/** Serves a route that answers bytes as they lie in a registry. */
export function handleContent<R extends Route>(
  route: R,
  work: (input: Input<R>, services: Services) => Promise<Content>,
): Served {
  return serve(route, async (input, services) => ({ kind: 'content', content: await work(input, services) }))
}

/** Serves a route whose answer has a form of its own. */
export function serve<R extends Route>(
  route: R,
  answer: (input: Input<R>, services: Services) => Answer | Promise<Answer>,
): Served {
  return { route, answer }
}
