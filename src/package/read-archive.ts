import fs from 'node:fs'
import type { Blake3 } from '../schema/digest.ts'
import { blake3, type Blake3Hasher, createBlake3 } from '../core/blake3.ts'
import { CpmError, fileError } from '../core/errors.ts'
import type { PackedContents } from './signed-envelope.ts'
import { FileTableWriter } from './file-table.ts'
import { inflateMember, openPacked, type Packed } from './gzip.ts'
import { type Limits, tooLarge, unpackedLimit } from './limits.ts'
import { type FileSink, TarReader } from './tar-reader.ts'
import type { EntryHeader } from './tar-format.ts'

/** What a signed envelope promises about an archive. */
export interface ExpectedArchive {
  readonly archive: { readonly size: number; readonly blake3: Blake3 }
  readonly contents: PackedContents
}

interface ReadOptions {
  /** undefined for an archive without an envelope */
  promised?: ExpectedArchive | undefined
  limits: Limits
  /** called for each accepted file; its sink gets the contents */
  file: (entry: EntryHeader) => FileSink
}

export interface ReadContents extends PackedContents {
  readonly table: string
}

/**
 * Reads an archive through a single open file: first its size and digest and, only if those are as promised, its gzip
 * member, its tar and the digests of everything inside.
 * @throws CpmError DIGEST_MISMATCH, ARCHIVE_INVALID, ARCHIVE_TOO_LARGE
 */
export async function readArchive(
  file: string,
  { promised, limits, file: onFile }: ReadOptions,
): Promise<ReadContents> {
  const fd = open(file)
  try {
    const { size } = fs.fstatSync(fd)
    if (size > limits.packedBytes) throw tooLarge(`it is larger than ${limits.packedBytes} bytes`)
    if (promised && size !== promised.archive.size)
      throw mismatch(`it has ${size} bytes instead of ${promised.archive.size}`)
    const packed = openPacked(fd, size)
    if (promised) checkArchive(packed, promised.archive)
    const expected = promised?.contents
    if (expected && (expected.tar.size > unpackedLimit(limits, size) || expected.files > limits.files)) {
      throw tooLarge('its envelope promises more than the limits allow')
    }

    const rows = new FileTableWriter()
    let fileBytes = 0
    const tarHash = createBlake3()
    let tarSize = 0
    const file = (entry: EntryHeader) => {
      fileBytes += entry.size
      return new HashedFile(entry, onFile(entry), rows)
    }
    const reader = new TarReader({ file }, limits)
    const maxBytes = expected?.tar.size ?? unpackedLimit(limits, size)
    await inflateMember(packed, { maxBytes, expectedBytes: expected?.tar.size }, (chunk) => {
      tarHash.update(chunk)
      tarSize += chunk.length
      reader.push(chunk)
    })
    const { files } = reader.finish()
    const { table, tree } = rows.end()
    const contents: ReadContents = {
      tree,
      files,
      size: fileBytes,
      tar: { size: tarSize, blake3: tarHash.digest() },
      table,
    }
    if (expected) checkContents(contents, expected)
    return contents
  } finally {
    fs.closeSync(fd)
  }
}

/** Hashes a file's contents on their way to the sink, and adds its row at the end. */
class HashedFile implements FileSink {
  readonly #entry: EntryHeader
  readonly #sink: FileSink
  readonly #rows: FileTableWriter
  #whole: Blake3 | undefined
  #pieces: Blake3Hasher | undefined

  constructor(entry: EntryHeader, sink: FileSink, rows: FileTableWriter) {
    this.#entry = entry
    this.#sink = sink
    this.#rows = rows
  }

  write(chunk: Buffer): void {
    // Most files arrive in one piece, and an incremental hash would take as long to create as to use.
    if (chunk.length === this.#entry.size) this.#whole = blake3(chunk)
    else (this.#pieces ??= createBlake3()).update(chunk)
    this.#sink.write(chunk)
  }

  end(): void {
    this.#sink.end()
    const { path, size, executable } = this.#entry
    this.#rows.add({ path, size, executable, blake3: this.#whole ?? this.#pieces?.digest() ?? EMPTY })
  }
}

const EMPTY = blake3('')

/** What is read of a large archive at a time. */
const PIECE = 1024 * 1024

function checkArchive(packed: Packed, promised: ExpectedArchive['archive']): void {
  const hash = createBlake3()
  for (let at = 0; at < packed.size; at += PIECE) hash.update(packed.read(at, Math.min(PIECE, packed.size - at)))
  if (hash.digest() !== promised.blake3) throw mismatch('its BLAKE3 digest is different')
}

function checkContents(found: PackedContents, promised: PackedContents): void {
  if (found.tree !== promised.tree) throw mismatch(`its tree is ${found.tree} instead of ${promised.tree}`)
  if (found.tar.blake3 !== promised.tar.blake3 || found.tar.size !== promised.tar.size) {
    throw mismatch('its tar is different')
  }
  if (found.files !== promised.files || found.size !== promised.size)
    throw mismatch('its number of files or their size is different')
}

function mismatch(fact: string): CpmError {
  return new CpmError('DIGEST_MISMATCH', `the archive does not match its envelope: ${fact}`)
}

function open(file: string): number {
  try {
    return fs.openSync(file, 'r')
  } catch (error) {
    throw fileError(error, 'read', file)
  }
}
