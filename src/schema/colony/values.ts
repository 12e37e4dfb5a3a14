import { z } from 'zod'

/**
 * Parts of ColonyOS replies (docs/colonyos.md). The server is written in Go, and it shows: an empty list may be null, a
 * missing time is the first day of the year 1, and integers may exceed what a double holds.
 */

/** A list, which the server may send as null. */
export function list<T extends z.ZodType>(item: T) {
  return z
    .array(item)
    .nullish()
    .transform((items) => items ?? [])
}

export const Text = z
  .string()
  .nullish()
  .transform((text) => text ?? '')

const NEVER = '0001-01-01T00:00:00Z'

/** RFC 3339, or undefined for what has not happened. */
export const Time = z
  .string()
  .nullish()
  .transform((text) => (text === null || text === NEVER ? undefined : text))

/** An integer of any size. The reader of replies returns an object with the digits for one that a double can't hold. */
export const Exact = z
  .union([z.number().transform(String), z.object({ text: z.string() }).transform(({ text }) => text)])
  .pipe(z.string().regex(/^-?[0-9]+$/))
  .transform(BigInt)

/** Any JSON, with the numbers exactly as the server wrote them. */
export const Json = z.unknown()

/** The states of processes and graphs, indexed by their numbers. */
export const COLONY_STATES = ['waiting', 'running', 'successful', 'failed', 'cancelled'] as const
export type ColonyState = (typeof COLONY_STATES)[number]

export const State = z.int().transform((number, context) => {
  const state = COLONY_STATES[number]
  if (state !== undefined) return state
  context.addIssue(`${number} is not a state this cpm knows`)
  return z.NEVER
})

/** A graph shows the state of each node only by the color that the ColonyOS dashboard draws it in. */
const NODE_COLORS: Readonly<Record<string, ColonyState>> = {
  '#eee8d8': 'waiting',
  '#4689cd': 'running',
  '#92d050': 'successful',
  '#cb4239': 'failed',
  '#f5a623': 'cancelled',
}

/** The state for a node's color; undefined for the colors of other versions. */
export function stateOfColor(color: string): ColonyState | undefined {
  return Object.hasOwn(NODE_COLORS, color) ? NODE_COLORS[color] : undefined
}
