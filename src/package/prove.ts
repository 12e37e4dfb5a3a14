import { createHash, getHashes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import type { Tree } from '../schema/digest.ts'
import { blake3, createBlake3 } from '../core/blake3.ts'
import { fileError } from '../core/errors.ts'
import { compareEntryPaths, entryPathProblem } from './entry-path.ts'
import { type FileRow, readFileTable, treeOf, writeFileTable } from './file-table.ts'

/** A file that differs from the promised tree. */
export interface FileFinding {
  readonly path: string
  readonly what: 'missing' | 'changed' | 'added'
  readonly detail?: string
}

export type Proof =
  | { readonly proven: true; readonly files: number }
  | {
      readonly proven: false
      readonly files: number
      readonly findings: readonly FileFinding[]
      readonly tableBelieved: boolean
    }

/**
 * Reads every file in a folder and compares its tree with the promised one. The table only serves to name the files
 * that differ, and only if its digest is the promised tree, so an edited table has no effect.
 */
export function proveTree(root: string, promised: Tree, tableText: string | undefined): Proof {
  const { rows, oddities } = readTree(root)
  const table = writeFileTable(rows)
  if (oddities.length === 0 && treeOf(table) === promised) return { proven: true, files: rows.length }
  const believed = tableText !== undefined && treeOf(tableText) === promised ? readFileTable(tableText) : undefined
  const findings = believed ? compareRows(believed, rows, oddities) : oddities
  return { proven: false, files: rows.length, findings, tableBelieved: believed !== undefined }
}

/** Hex digests that other tools use. */
export interface OtherDigests {
  readonly sha256: string
  /** most S3 servers report it; it can reveal damage but proves nothing. Empty if this machine has no MD5 */
  readonly md5: string
}

export interface ProvenFile extends FileRow, OtherDigests {}

export interface ProvenFiles {
  /** the file table, whose digest is the tree */
  readonly table: string
  readonly files: readonly ProvenFile[]
}

/**
 * Proves the files in a folder and computes their other digests. Reads each file once, so that all its digests are of
 * the same bytes.
 * @returns undefined if the files don't match the tree
 */
export function provenFiles(root: string, promised: Tree): ProvenFiles | undefined {
  const others = new Map<string, OtherDigests>()
  const { rows, oddities } = readTree(root, others)
  const table = writeFileTable(rows)
  if (oddities.length > 0 || treeOf(table) !== promised) return undefined
  return { table, files: rows.map((row) => ({ sha256: '', md5: '', ...row, ...others.get(row.path) })) }
}

/** Computes SHA-256 and MD5 of the same bytes. */
export function otherDigests() {
  const sha256 = createHash('sha256')
  const md5 = getHashes().includes('md5') ? createHash('md5') : undefined
  return {
    update: (bytes: Uint8Array) => {
      sha256.update(bytes)
      md5?.update(bytes)
    },
    digests: (): OtherDigests => ({ sha256: sha256.digest('hex'), md5: md5?.digest('hex') ?? '' }),
  }
}

function compareRows(
  promised: readonly FileRow[],
  found: readonly FileRow[],
  oddities: readonly FileFinding[],
): FileFinding[] {
  const present = new Map(found.map((row) => [row.path, row]))
  const odd = new Map(oddities.map((finding) => [finding.path, finding]))
  const findings: FileFinding[] = []
  for (const row of promised) {
    const now = present.get(row.path)
    const oddity = odd.get(row.path)
    if (oddity)
      findings.push({ path: row.path, what: 'changed', ...(oddity.detail !== undefined && { detail: oddity.detail }) })
    else if (!now) findings.push({ path: row.path, what: 'missing' })
    else if (now.blake3 !== row.blake3 || now.size !== row.size)
      findings.push({ path: row.path, what: 'changed', detail: 'different contents' })
    else if (now.executable !== row.executable)
      findings.push({ path: row.path, what: 'changed', detail: 'different mode' })
    present.delete(row.path)
    odd.delete(row.path)
  }
  for (const path of present.keys()) findings.push({ path, what: 'added' })
  for (const oddity of odd.values()) findings.push({ ...oddity, what: 'added' })
  return findings.sort((a, b) => compareEntryPaths(a.path, b.path))
}

/**
 * Reads a folder: regular files become rows, in the order of a table, and everything else an oddity.
 * @param others receives the other digests of each file
 */
function readTree(root: string, others?: Map<string, OtherDigests>): { rows: FileRow[]; oddities: FileFinding[] } {
  const rows: FileRow[] = []
  const oddities: FileFinding[] = []
  const buffer = Buffer.allocUnsafe(256 * 1024)
  const folders = [{ folder: root, prefix: '' }]
  for (let next = folders.pop(); next; next = folders.pop()) {
    const { folder, prefix } = next
    const entries = readFolder(folder)
    if (entries.length === 0) oddities.push({ path: prefix || '.', what: 'added', detail: 'an empty folder' })
    for (const entry of entries) {
      const relative = prefix + entry.name
      const problem = entryPathProblem(relative)
      if (entry.isDirectory()) folders.push({ folder: path.join(folder, entry.name), prefix: `${relative}/` })
      else if (!entry.isFile()) oddities.push({ path: relative, what: 'changed', detail: 'a link or special file' })
      else if (problem !== undefined) oddities.push({ path: relative, what: 'added', detail: problem })
      else rows.push(readRow(path.join(folder, entry.name), relative, buffer, others))
    }
  }
  rows.sort((a, b) => compareEntryPaths(a.path, b.path))
  return { rows, oddities }
}

function readRow(file: string, relative: string, buffer: Buffer, others?: Map<string, OtherDigests>): FileRow {
  let fd: number
  try {
    fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW)
  } catch (error) {
    throw fileError(error, 'read', file)
  }
  try {
    const stats = fs.fstatSync(fd)
    const executable = (stats.mode & 0o100) !== 0
    const read = fs.readSync(fd, buffer, 0, buffer.length, null)
    // Nearly all files fit into the buffer, and only the end of a file makes a read short.
    const isWhole = read === stats.size && read < buffer.length
    const first = buffer.subarray(0, read)
    if (isWhole && !others) return { path: relative, size: read, executable, blake3: blake3(first) }
    return { path: relative, executable, ...readPieces(fd, { buffer, first, relative, others }) }
  } catch (error) {
    throw fileError(error, 'read', file)
  } finally {
    fs.closeSync(fd)
  }
}

interface Pieces {
  buffer: Buffer
  /** what was already read */
  first: Buffer
  relative: string
  others: Map<string, OtherDigests> | undefined
}

/** Hashes what was read of a file, and the rest of it. */
function readPieces(fd: number, { buffer, first, relative, others }: Pieces): Pick<FileRow, 'size' | 'blake3'> {
  const hash = createBlake3()
  const other = others && otherDigests()
  let size = 0
  for (
    let piece = first;
    piece.length > 0;
    piece = buffer.subarray(0, fs.readSync(fd, buffer, 0, buffer.length, null))
  ) {
    hash.update(piece)
    other?.update(piece)
    size += piece.length
  }
  if (other) others.set(relative, other.digests())
  return { size, blake3: hash.digest() }
}

function readFolder(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    throw fileError(error, 'read', folder)
  }
}
