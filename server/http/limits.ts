/** The limits of the server. Each of these is bounded so that reads stay fast under a flood of writes. */
const MiB = 1024 * 1024

/** how long the headers of a request may take, and how often that is checked */
export const HEADERS_TIMEOUT = 10_000
export const TIMEOUTS_CHECKED_EVERY = 1_000
export const MAX_HEADER_BYTES = 16 * 1024

/** In each stretch of time, at least this many bytes of a body must arrive: 1 KiB a second over 15 seconds. */
export const BODY_STRETCH = 15_000
export const LEAST_BYTES_A_STRETCH = 15 * 1024
/**
 * Overall, a body must be faster: after the first minute, 8 KiB a second on average. So a body of n bytes has a minute
 * plus n / 8192 seconds. A client that only occupies a slot is cut off early, whatever length it declared.
 */
export const BODY_GRACE = 60_000
export const LEAST_AVERAGE_BYTES_A_SECOND = 8 * 1024

/** a JSON body, unless its route needs more */
export const MAX_JSON_BYTES = MiB
/** a manifest and a lock, including the escapes that JSON adds */
export const MAX_RESOLVE_BYTES = 8 * MiB

/**
 * Concurrent publications: no token and no address can take all of them. Behind a proxy, all clients share an address.
 */
export const UPLOAD_SHARES = { total: 24, ofOneAddress: 16, ofOneToken: 8 }
export const MOST_RESOLVES_AT_ONCE = 2
/** manifests that are being resolved or waiting for it */
export const RESOLVE_SHARES = { total: 36, ofOneAddress: 18, ofOneToken: 18 }
/**
 * how many dependencies a manifest may have, and how many steps its resolution may take; beyond, clients resolve
 * locally
 */
export const MOST_REQUIREMENTS = 2_000
export const MOST_RESOLVE_STEPS = 200_000
/** all archives of one publication together */
export const MAX_UPLOAD_BYTES = 2048 * MiB
/** a signed record of owners */
export const MAX_OWNERS_LINE_BYTES = 16 * 1024

/** addresses that sent wrong tokens: how many are remembered, for how long, and how many responses may be delayed */
export const MOST_WRONG_TOKENS_COUNTED = 10_000
export const WRONG_TOKENS_FORGOTTEN_AFTER = 60_000
export const MOST_SLOWED_AT_ONCE = 64

/** seconds after which a rejected client may retry */
export const RETRY_AFTER = 2
/** how much of a rejected body is still read, so that its sender can read the response */
export const LINGER_BYTES = 8 * MiB
/** how long a client may read nothing of its response */
export const READER_TIMEOUT = 120_000
/** how long a rejected connection stays open so that its client can read why */
export const LINGER_TIME = 2_000

/** how long a change waits for another process that is changing the same packages */
export const LOCK_TIMEOUT = 30_000
/** how long running requests may take once the server is asked to stop */
export const DRAIN_TIMEOUT = 30_000

/** how long to wait for an upstream registry when there is a copy of its answer, and when to ask it again after that */
export const STALE_AFTER = 5_000
export const UPSTREAM_ASKED_AGAIN_AFTER = 5_000

/** Files up to this size are read whole, which is faster than streaming them. */
export const READ_AT_ONCE = MiB
/** the total size of the indexes that are kept in memory */
export const INDEX_MEMORY_BYTES = 64 * MiB
