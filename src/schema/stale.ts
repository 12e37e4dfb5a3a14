/**
 * A header on answers that may be out of date, because a registry that mirrors another could not reach it. Its value is
 * the time (RFC 3339) at which the answer was last known to be current.
 */
export const STALE_HEADER = 'cpm-stale'
