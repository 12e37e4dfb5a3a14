import type { Age } from '../schema/policy.ts'
import type { ReleaseFacts } from './facts.ts'
import type { Found } from './finding.ts'
import { type Layer, valueFor } from './layer.ts'

/** Most malicious releases are found within hours, so a registry on another machine is given a day. */
export const DEFAULT_AGE = '1d'
export const DEFAULT_ORIGIN = "cpm's default"

const MINUTE = 60_000
const UNITS: Readonly<Record<string, number>> = { m: MINUTE, h: 60 * MINUTE, d: 1440 * MINUTE, w: 7 * 1440 * MINUTE }

/**
 * Finds a release that is too young. A folder is not a registry of strangers, and the user's own releases are known to
 * the user.
 */
export function findTooNew(facts: ReleaseFacts, layers: readonly Layer[], now: Date): Found | undefined {
  const { publishedAt, isOwn, registry } = facts
  if (publishedAt === undefined || isOwn === true || registry.kind === 'folder') return undefined
  const asked = requiredAge(facts, layers)
  const end = Date.parse(publishedAt) + milliseconds(asked.age)
  if (!(end > now.getTime())) return undefined
  const fact = `was published at ${minuteOf(Date.parse(publishedAt))} and may be used from ${minuteOf(end)} on (minimum release age: ${asked.age})`
  return { level: 'refuse', fact, origin: asked.origin, hint: undefined }
}

/** Returns the age that a release must have. An age that the user sets replaces the default, for every server. */
export function requiredAge(
  { name, registry }: Pick<ReleaseFacts, 'name' | 'registry'>,
  layers: readonly Layer[],
): { age: Age; origin: string } {
  const asked = layers.flatMap(({ policy: { minimumReleaseAge: age }, origin, isUsers }) => {
    const own = typeof age === 'object' ? valueFor(age, name) : age
    return own === undefined ? [] : [{ age: own, origin, isUsers }]
  })
  const byDefault = { age: registry.isElsewhere ? DEFAULT_AGE : 0, origin: DEFAULT_ORIGIN } as const
  const all = asked.some(({ isUsers }) => isUsers) ? asked : [byDefault, ...asked]
  return all.reduce((most, one) => (milliseconds(one.age) > milliseconds(most.age) ? one : most), all[0] ?? byDefault)
}

export function milliseconds(age: Age): number {
  if (age === 0 || age === '0') return 0
  return Number(age.slice(0, -1)) * (UNITS[age.slice(-1)] ?? 0)
}

/** Rounds up, so that what is shown is never too early. */
function minuteOf(time: number): string {
  const rounded = new Date(Math.ceil(time / MINUTE) * MINUTE)
  return `${rounded.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
