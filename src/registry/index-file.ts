import { INDEX_VERSION, IndexRecord, type PublishRecord, type StatusRecord } from '../schema/index-record.ts'
import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import { parseCanonicalJson } from '../core/canonical-json.ts'
import { CpmError } from '../core/errors.ts'

export const MAX_INDEX_BYTES = 64 * 1024 * 1024

/** What the index of one name says. */
export interface PackageIndex {
  readonly name: PackageName
  /** in the order of publishing */
  readonly releases: ReadonlyMap<Version, PublishRecord>
  /** what was said of a version later, in the order it was said */
  readonly statuses: ReadonlyMap<Version, readonly StatusRecord[]>
  /** how many lines were of a newer kind */
  readonly skipped: number
  /** the versions that those lines speak of, in lower case: they are taken */
  readonly newer: ReadonlySet<string>
  /** bytes up to and with the last whole line */
  readonly length: number
}

export function emptyIndex(name: PackageName): PackageIndex {
  return { name, releases: new Map(), statuses: new Map(), skipped: 0, newer: new Set(), length: 0 }
}

/**
 * Reads an index: a record a line, appended only. A last line without its newline is a write under way and is left out.
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
    if (record.name !== name) throw invalid(`speaks of ${record.name}`)
    if (record.type === 'publish') {
      if (releases.has(record.version)) throw invalid(`publishes ${record.version} a second time`)
      if (record.owners < owners) throw invalid('goes back to earlier owners')
      owners = record.owners
      releases.set(record.version, record)
    } else {
      // What a skipped line may have published can have a status.
      if (!releases.has(record.version) && skipped > 0) return
      if (!releases.has(record.version)) throw invalid(`gives a status to ${record.version}, which is not published`)
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

/** A line of a later kind: all that is known of it is that it is one line of JSON. */
interface Newer {
  readonly type: 'newer'
  /** of which version it speaks, if it says so in the way of today */
  readonly version: string | undefined
}

/** The rules of a later kind are its own: numbers, nesting, the order of keys. */
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
