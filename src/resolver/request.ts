import type { PackageName } from '../schema/name.ts'

/** What a solver computation waits for. */
export type Request =
  /** the documents of these packages */
  | { readonly type: 'need'; readonly names: readonly PackageName[] }
  /** nothing: it has worked for a few milliseconds and lets other work run */
  | { readonly type: 'pause' }

/** A computation that stops when it needs to know more, and ends with a `T`. */
export type Asking<T> = Generator<Request, T, void>

export const PAUSE: Request = { type: 'pause' }

export function needed(names: readonly PackageName[]): Request {
  return { type: 'need', names }
}
