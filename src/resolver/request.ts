import type { PackageName } from '../schema/name.ts'

/** What a computation of the solver waits for before it goes on. */
export type Request =
  /** the documents of these packages */
  | { readonly type: 'need'; readonly names: readonly PackageName[] }
  /** nothing: it has worked for some milliseconds, and lets others do something in between */
  | { readonly type: 'pause' }

/** A computation that stops wherever it needs to know more, and ends with a `T`. */
export type Asking<T> = Generator<Request, T, void>

export const PAUSE: Request = { type: 'pause' }

export function needed(names: readonly PackageName[]): Request {
  return { type: 'need', names }
}
