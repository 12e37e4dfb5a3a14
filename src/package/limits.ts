import { CpmError } from '../core/errors.ts'

/** What an archive may be at most. A reader stops at the first byte too many. */
export interface Limits {
  readonly packedBytes: number
  readonly unpackedBytes: number
  readonly files: number
  /** unpacked to packed, beyond the first MiB */
  readonly ratio: number
}

const MiB = 1024 * 1024

export const DEFAULT_LIMITS: Limits = { packedBytes: 512 * MiB, unpackedBytes: 4096 * MiB, files: 200_000, ratio: 200 }

/** The most bytes an archive of that size may unpack to. */
export function unpackedLimit(limits: Limits, packedBytes: number): number {
  return Math.min(limits.unpackedBytes, MiB + limits.ratio * packedBytes)
}

export function tooLarge(what: string, hint?: string): CpmError {
  return new CpmError('ARCHIVE_TOO_LARGE', `the archive is refused: ${what}`, { hint })
}
