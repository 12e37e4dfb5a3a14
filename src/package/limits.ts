import { CpmError } from '../core/errors.ts'
import type { PackedContents } from './signed-envelope.ts'

/** The limits of an archive. A reader stops at the first byte beyond them. */
export interface Limits {
  readonly packedBytes: number
  readonly unpackedBytes: number
  readonly files: number
  /** unpacked bytes per packed byte, beyond the first MiB */
  readonly ratio: number
}

const MiB = 1024 * 1024

/** how much any archive may unpack to, whatever its packed size */
export const UNPACKED_AT_LEAST = MiB

export const DEFAULT_LIMITS: Limits = { packedBytes: 512 * MiB, unpackedBytes: 4096 * MiB, files: 200_000, ratio: 200 }

/** Returns the most bytes that an archive of this size may unpack to. */
export function unpackedLimit(limits: Limits, packedBytes: number): number {
  return Math.min(limits.unpackedBytes, UNPACKED_AT_LEAST + limits.ratio * packedBytes)
}

export function tooLarge(what: string, hint?: string): CpmError {
  return new CpmError('ARCHIVE_TOO_LARGE', `the archive is too large: ${what}`, { hint })
}

/**
 * Refuses to pack an archive that readers would not unpack.
 * @param largest the archive's largest files, for the hint
 * @throws CpmError ARCHIVE_TOO_LARGE
 */
export function refuseTooLarge(
  { tar, files }: Pick<PackedContents, 'files'> & { tar: { size: number } },
  packed: number,
  largest: readonly string[],
): void {
  const { packedBytes, unpackedBytes, ratio } = DEFAULT_LIMITS
  const hint = `exclude files in .cpmignore; the largest are ${largest.join(', ')}`
  if (files > DEFAULT_LIMITS.files) throw tooLarge(`it has ${files} files; the limit is ${DEFAULT_LIMITS.files}`, hint)
  if (packed > packedBytes) throw tooLarge(`it has ${packed} bytes; the limit is ${packedBytes}`, hint)
  if (tar.size > unpackedBytes) throw tooLarge(`it unpacks to ${tar.size} bytes; the limit is ${unpackedBytes}`, hint)
  const allowed = unpackedLimit(DEFAULT_LIMITS, packed)
  if (tar.size <= allowed) return
  throw tooLarge(
    `its ${packed} bytes unpack to ${tar.size}; the limit is ${allowed} (${UNPACKED_AT_LEAST / MiB} MiB plus ${ratio} times the packed size)`,
    `compress files that are mostly empty, or exclude them in .cpmignore; the largest are ${largest.join(', ')}`,
  )
}
