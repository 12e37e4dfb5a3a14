import { CpmError } from '../core/errors.ts'
import type { PackedContents } from './signed-envelope.ts'

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

/**
 * What no reader would unpack is not packed.
 * @param largest files of the archive, for who has to make it smaller
 * @throws CpmError ARCHIVE_TOO_LARGE
 */
export function refuseTooLarge(
  { tar, files }: Pick<PackedContents, 'files'> & { tar: { size: number } },
  packed: number,
  largest: readonly string[],
): void {
  const { packedBytes, unpackedBytes, ratio } = DEFAULT_LIMITS
  const hint = `leave files out in .cpmignore; the largest are ${largest.join(', ')}`
  if (files > DEFAULT_LIMITS.files) throw tooLarge(`it holds ${files} files, ${DEFAULT_LIMITS.files} are allowed`, hint)
  if (packed > packedBytes) throw tooLarge(`it has ${packed} bytes, ${packedBytes} are allowed`, hint)
  if (tar.size > unpackedBytes) throw tooLarge(`it unpacks to ${tar.size} bytes, ${unpackedBytes} are allowed`, hint)
  const allowed = unpackedLimit(DEFAULT_LIMITS, packed)
  if (tar.size <= allowed) return
  throw tooLarge(
    `its ${packed} bytes unpack to ${tar.size}, at most ${allowed} are allowed (1 MiB and ${ratio} times packed)`,
    `compress what is mostly empty space, or leave it out in .cpmignore; the largest files are ${largest.join(', ')}`,
  )
}
