/** What one client may ask of the server. Reads stay quick under a flood of writes because each of these is bounded. */
const MiB = 1024 * 1024

/** how long a request's head may take, and how often that is looked at */
export const HEADERS_TIMEOUT = 10_000
export const TIMEOUTS_CHECKED_EVERY = 1_000
export const MAX_HEADER_BYTES = 16 * 1024

/** A body must bring this many bytes in each stretch of time: 1 KiB a second over 15 seconds. */
export const BODY_STRETCH = 15_000
export const LEAST_BYTES_A_STRETCH = 15 * 1024
/**
 * Over its whole length it must be faster: after the first minute 8 KiB a second on average. So a body of n bytes has a minute and n / 8192
 * seconds, and whoever only keeps a place learns it early, however long a body they declared.
 */
export const BODY_GRACE = 60_000
export const LEAST_AVERAGE_BYTES_A_SECOND = 8 * 1024

/** the body of a request in JSON, where its route does not need more */
export const MAX_JSON_BYTES = MiB
/** a manifest and a lock, with the escapes that JSON adds to them */
export const MAX_RESOLVE_BYTES = 8 * MiB

/** Publications at once: no token and no address can hold all of them. Behind a proxy all clients have one address. */
export const UPLOAD_SHARES = { total: 24, ofOneAddress: 16, ofOneToken: 8 }
export const MOST_RESOLVES_AT_ONCE = 2
/** manifests that are resolved or wait for it */
export const RESOLVE_SHARES = { total: 36, ofOneAddress: 18, ofOneToken: 18 }
/** what a manifest to be resolved may ask for itself, and how many steps the solver may take for it: who needs more resolves at home */
export const MOST_REQUIREMENTS = 2_000
export const MOST_RESOLVE_STEPS = 200_000
/** a publication of several packages, all archives together */
export const MAX_UPLOAD_BYTES = 2048 * MiB
/** a signed record of owners */
export const MAX_OWNERS_LINE_BYTES = 16 * 1024

/** addresses that sent wrong tokens: how many are remembered, for how long, and how many slowed answers may wait */
export const MOST_WRONG_TOKENS_COUNTED = 10_000
export const WRONG_TOKENS_FORGOTTEN_AFTER = 60_000
export const MOST_SLOWED_AT_ONCE = 64

/** seconds after which a client that was turned away may come again */
export const RETRY_AFTER = 2
/** how much of a refused body is still read, so that its sender gets to see the answer */
export const LINGER_BYTES = 8 * MiB
/** how long a client may take nothing of its answer */
export const READER_TIMEOUT = 120_000
/** how long a connection that was given up stays open for its client to read why */
export const LINGER_TIME = 2_000

/** how long a change waits for another process that changes the same names */
export const LOCK_TIMEOUT = 30_000
/** how long requests under way may take once the server was told to stop */
export const DRAIN_TIMEOUT = 30_000

/** how long another registry is waited for where a copy of its answer is at hand, and when it is asked again after that */
export const STALE_AFTER = 5_000
export const UPSTREAM_ASKED_AGAIN_AFTER = 5_000

/** Files up to this size are read at once, which is faster than streaming them. */
export const READ_AT_ONCE = MiB
/** indexes kept in memory, counted by their bytes */
export const INDEX_MEMORY_BYTES = 64 * MiB
