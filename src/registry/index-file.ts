import { INDEX_VERSION, IndexRecord, type PublishRecord, type StatusRecord } from '../schema/index-record.ts'
import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import { parseCanonicalJson } from '../core/canonical-json.ts'
import { CpmError } from '../core/errors.ts'

export const MAX_INDEX_BYTES = 64 * 1024 * 1024

/** The index of one name. */
export interface PackageIndex {
  readonly name: PackageName
  /** in order of publication */
  readonly releases: ReadonlyMap<Version, PublishRecord>
  /** later status changes of each version, in order */
  readonly statuses: ReadonlyMap<Version, readonly StatusRecord[]>
  /** the number of lines in a newer format */
  readonly skipped: number
  /** the versions in those lines, in lower case, which are taken */
  readonly newer: ReadonlySet<string>
  /** bytes up to and including the last complete line */
  readonly length: number
}

export function emptyIndex(name: PackageName): PackageIndex {
  return { name, releases: new Map(), statuses: new Map(), skipped: 0, newer: new Set(), length: 0 }
}

/**
 * Reads an index: one record per line, append-only. A last line without a newline is a write in progress and is
 * ignored.
 * @throws CpmError INDEX_INVALID naming the line
 */
export function parseIndex(name: PackageName, bytes: Uint8Array): PackageIndex {
  const length = bytes.lastIndexOf(0x0a) + 1
  const releases = new Map<Version, PublishRecord>()
  const statuses = new Map<Version, StatusRecord[]>()
  const newer = new Set<string>()
  let skipped = 0
  let owners = 1
  const lines = decode(name, bytes.subarray(0, length)).split('\n').slice(0, -1)
  lines.forEach((line, index) => {
    const invalid = (fact: string, cause?: unknown) =>
      new CpmError('INDEX_INVALID', `line ${index + 1} of the index of ${name} ${fact}`, { cause })
    const record = parseLine(line, invalid)
    if (record.type === 'newer') {
      skipped++
      if (record.version !== undefined) newer.add(record.version.toLowerCase())
      return
    }
    if (record.name !== name) throw invalid(`is about ${record.name}`)
    if (record.type === 'publish') {
      if (releases.has(record.version)) throw invalid(`publishes ${record.version} a second time`)
      if (record.owners < owners) throw invalid('returns to earlier owners')
      owners = record.owners
      releases.set(record.version, record)
    } else {
      // A skipped line may have published the version that this status is for.
      if (!releases.has(record.version) && skipped > 0) return
      if (!releases.has(record.version)) throw invalid(`sets a status for ${record.version}, which is not published`)
      const before = statuses.get(record.version)
      if (before) before.push(record)
      else statuses.set(record.version, [record])
    }
  })
  return { name, releases, statuses, skipped, newer, length }
}

type Invalid = (fact: string, cause?: unknown) => CpmError

function parseLine(line: string, invalid: Invalid): IndexRecord | Newer {
  let value: unknown
  try {
    value = parseCanonicalJson(line)
  } catch (error) {
    const newer = readNewer(line)
    if (newer) return newer
    throw invalid('is not canonical JSON', error)
  }
  if (isNewer(value)) return asNewer(value)
  const result = IndexRecord.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw invalid(
    `is not a record this cpm understands: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trimEnd(),
    result.error,
  )
}

/** A line in a newer format, of which only the version is known. */
interface Newer {
  readonly type: 'newer'
  /** the version it is about, if it names it as today's format does */
  readonly version: string | undefined
}

/** A newer format has its own rules for numbers, nesting and the order of keys. */
function readNewer(line: string): Newer | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isNewer(value) ? asNewer(value) : undefined
  } catch {
    return undefined
  }
}

function isNewer(value: unknown): value is { v: number; version?: unknown } {
  const version = (value as { v?: unknown } | null)?.v
  return typeof version === 'number' && version > INDEX_VERSION
}

function asNewer({ version }: { version?: unknown }): Newer {
  return { type: 'newer', version: typeof version === 'string' ? version : undefined }
}

function decode(name: PackageName, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw new CpmError('INDEX_INVALID', `the index of ${name} is not UTF-8`, { cause: error })
  }
}
