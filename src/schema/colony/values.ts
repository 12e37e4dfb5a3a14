import { z } from 'zod'

/**
 * Pieces of ColonyOS replies (docs/colonyos.md). Its server is written in Go, and what it answers shows it: an empty list may be null, a
 * time that never was is the first day of the year 1, and integers go beyond what a double holds.
 */

/** A list, which the server may say as null. */
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

/** RFC 3339, or nothing for what has not happened. */
export const Time = z
  .string()
  .nullish()
  .transform((text) => (text === null || text === NEVER ? undefined : text))

/** An integer of any size. Those that a double can't hold come as bigint from the reader of replies. */
export const Exact = z.union([z.int(), z.bigint()]).transform(BigInt)

/**
 * Whatever JSON holds. Exact integers become numbers here: the server itself keeps arguments and outputs as doubles, so nothing is lost that
 * was still there.
 */
export const Json = z.unknown().transform((value) => withNumbers(value))

function withNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(withNumbers)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withNumbers(inner)]))
}

/** The states of processes and of graphs alike, by their numbers. */
export const COLONY_STATES = ['waiting', 'running', 'successful', 'failed', 'cancelled'] as const
export type ColonyState = (typeof COLONY_STATES)[number]

export const State = z.int().transform((number, context) => {
  const state = COLONY_STATES[number]
  if (state !== undefined) return state
  context.addIssue(`${number} is no state that this cpm knows`)
  return z.NEVER
})

/** A graph tells the state of each node by the color that the dashboard of ColonyOS draws it in, and by nothing else. */
const NODE_COLORS: Readonly<Record<string, ColonyState>> = {
  '#eee8d8': 'waiting',
  '#4689cd': 'running',
  '#92d050': 'successful',
  '#cb4239': 'failed',
  '#f5a623': 'cancelled',
}

/** The state that a node is drawn in; undefined for a color of another version. */
export function stateOfColor(color: string): ColonyState | undefined {
  return Object.hasOwn(NODE_COLORS, color) ? NODE_COLORS[color] : undefined
}
