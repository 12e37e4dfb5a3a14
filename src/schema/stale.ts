/**
 * A header of answers that may be out of date: a registry that serves another one's packages could not ask it. Its value is the time (RFC
 * 3339) at which the answer was last known to be right.
 */
export const STALE_HEADER = 'cpm-stale'
