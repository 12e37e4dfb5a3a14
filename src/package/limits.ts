import { binaryBytes } from '../core/amounts.ts'
import { CpmError } from '../core/errors.ts'
import type { PackedContents } from './signed-envelope.ts'

/** The limits of an archive. A reader stops at the first byte beyond them. */
export interface Limits {
  readonly packedBytes: number
  readonly unpackedBytes: number
  readonly files: number
  readonly folders: number
  /** bytes of the paths of all files and folders together, which a reader keeps in memory */
  readonly pathBytes: number
  /** unpacked bytes per packed byte, beyond the first MiB */
  readonly ratio: number
}

const MiB = 1024 * 1024

/** how much any archive may unpack to, whatever its packed size */
export const UNPACKED_AT_LEAST = MiB

export const DEFAULT_LIMITS: Limits = {
  packedBytes: 512 * MiB,
  unpackedBytes: 4096 * MiB,
  files: 200_000,
  folders: 100_000,
  pathBytes: 16 * MiB,
  ratio: 200,
}

/** Returns the most bytes that an archive of this size may unpack to. */
export function unpackedLimit(limits: Limits, packedBytes: number): number {
  return Math.min(limits.unpackedBytes, UNPACKED_AT_LEAST + limits.ratio * packedBytes)
}

export function tooLarge(what: string, hint?: string): CpmError {
  return new CpmError('ARCHIVE_TOO_LARGE', `the archive is too large: ${what}`, { hint })
}

/** Refuses paths that exceed the limits together. @throws CpmError ARCHIVE_TOO_LARGE */
export function refuseTooManyPaths(
  { folders, bytes: pathBytes }: { folders: number; bytes: number },
  limits: Pick<Limits, 'folders' | 'pathBytes'>,
): void {
  if (folders > limits.folders) throw tooLarge(`it has more than ${limits.folders} folders`)
  if (pathBytes > limits.pathBytes) throw tooLarge(`its paths have more than ${limits.pathBytes} bytes`)
}

export interface SizedFile {
  readonly path: string
  readonly size: number
}

/** Refuses files whose sizes alone exceed the limits of any archive. @throws CpmError ARCHIVE_TOO_LARGE */
export function refuseTooLargeFiles(files: readonly SizedFile[]): void {
  const size = sizeOf(files)
  refuseTooLarge({ files: files.length, tar: { size } }, Math.min(size, DEFAULT_LIMITS.packedBytes), files)
}

/**
 * Refuses to pack an archive that readers would not unpack.
 * @param packed the size of the archive
 * @param listed the files in the archive, for the hint
 * @throws CpmError ARCHIVE_TOO_LARGE
 */
export function refuseTooLarge(
  { tar, files }: Pick<PackedContents, 'files'> & { tar: { size: number } },
  packed: number,
  listed: readonly SizedFile[],
): void {
  const { packedBytes, unpackedBytes, ratio } = DEFAULT_LIMITS
  if (files > DEFAULT_LIMITS.files)
    throw tooLarge(`it has ${files} files; the limit is ${DEFAULT_LIMITS.files}`, 'exclude files in .cpmignore')
  const largest = largestOf(listed)
  const hint = `exclude files in .cpmignore${largest}`
  const [has, mayHave] = compared(packed, packedBytes)
  if (packed > packedBytes) throw tooLarge(`it has ${has}; the limit is ${mayHave}`, hint)
  const [unpacks, mayUnpack] = compared(tar.size, unpackedBytes)
  if (tar.size > unpackedBytes) throw tooLarge(`it unpacks to ${unpacks}; the limit is ${mayUnpack}`, hint)
  const allowed = unpackedLimit(DEFAULT_LIMITS, packed)
  if (tar.size <= allowed) return
  const [actual, limit] = compared(tar.size, allowed)
  throw tooLarge(
    `its ${binaryBytes(packed)} unpack to ${actual}; the limit is ${limit} (${UNPACKED_AT_LEAST / MiB} MiB plus ${ratio} times the packed size)`,
    `compress files that are mostly empty, or exclude them in .cpmignore${largest}`,
  )
}

/** Returns the five largest files, largest first. */
export function largestFiles(files: readonly SizedFile[]): SizedFile[] {
  const sorted = [...files].sort((a, b) => b.size - a.size)
  return sorted.slice(0, 5).map(({ path, size }) => ({ path, size }))
}

/** Names the largest files for a hint, without files too small to matter. */
function largestOf(files: readonly SizedFile[]): string {
  const matters = sizeOf(files) / 100
  const named = largestFiles(files)
    .filter(({ size }) => size >= matters)
    .map(({ path, size }) => `${path} (${binaryBytes(size)})`)
  if (named.length === 0) return ''
  return `; the largest ${named.length === 1 ? 'is' : 'are'} ${named.join(', ')}`
}

/** Writes a size and its limit for people, with every digit if they would look the same otherwise. */
function compared(size: number, limit: number): [string, string] {
  const short: [string, string] = [binaryBytes(size), binaryBytes(limit)]
  return short[0] === short[1] ? [`${size} bytes`, `${limit} bytes`] : short
}

function sizeOf(files: readonly SizedFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0)
}
