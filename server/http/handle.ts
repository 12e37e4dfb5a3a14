import type { z } from 'zod'
import type { Route } from '../../src/schema/route.ts'
import type { Caller } from './access.ts'
import type { Content } from './content.ts'
import type { Services } from '../services/services.ts'
import type { Part } from '../services/parts.ts'

/** The input of a route's function: what the route declares, read from the request and validated. */
export interface Input<R extends Route> {
  readonly params: z.infer<R['params']>
  readonly query: z.infer<R['query']>
  readonly body: z.infer<Extract<R['body'], z.ZodType>>
  readonly parts: () => AsyncIterable<Part>
  /** returns a signal that aborts when the client disconnects */
  readonly leaving: () => AbortSignal
  readonly caller: Caller
}

/** A route and the function that answers it. `src/schema/routes` declares everything else. */
export interface Served {
  readonly route: Route
  readonly answer: (input: Input<Route>, services: Services) => Answer | Promise<Answer>
}

export type Answer =
  | { readonly kind: 'json'; readonly value: unknown; readonly status?: number }
  | { readonly kind: 'content'; readonly content: Content }
  | { readonly kind: 'text'; readonly text: string; readonly type: string }

/** Serves a route that answers with a JSON document. */
export function handle<R extends Route>(
  route: R,
  work: (
    input: Input<R>,
    services: Services,
  ) => z.input<Extract<R['reply'], z.ZodType>> | Promise<z.input<Extract<R['reply'], z.ZodType>>>,
): Served {
  return serve(route, async (input, services) => ({ kind: 'json', value: await work(input, services) }))
}

/** Serves a route that answers with the bytes of a file in a registry. */
export function handleContent<R extends Route>(
  route: R,
  work: (input: Input<R>, services: Services) => Promise<Content>,
): Served {
  return serve(route, async (input, services) => ({ kind: 'content', content: await work(input, services) }))
}

/** Serves a route that chooses the form of its answer. */
export function serve<R extends Route>(
  route: R,
  answer: (input: Input<R>, services: Services) => Answer | Promise<Answer>,
): Served {
  return { route, answer }
}
