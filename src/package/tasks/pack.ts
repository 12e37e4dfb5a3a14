import fs from 'node:fs'
import path from 'node:path'
import { blake3, createBlake3 } from '../../core/blake3.ts'
import { CpmError, fileError } from '../../core/errors.ts'
import { defineTask } from '../../core/task.ts'
import { ArchiveWriter } from '../archive-writer.ts'
import type { FileToPack } from '../files-to-pack.ts'
import { isScript } from '../script-line.ts'
import type { PackedContents } from '../signed-envelope.ts'
import { type FileRow, treeOf, writeFileTable } from '../file-table.ts'
import { BLOCK, encodeEntry, END, MAX_FILE_BYTES, padding } from '../tar-format.ts'

export interface PackInput {
  root: string
  files: readonly FileToPack[]
  /** path of the archive to write; must not exist */
  output: string
}

const PIECE = 1024 * 1024
const ZEROS = Buffer.alloc(BLOCK)

/** Writes the gzipped canonical tar of a folder's files and returns its measurements. Reads each file once. */
export default defineTask(async ({ root, files, output }: PackInput): Promise<PackedContents & { table: string }> => {
  const archive = new ArchiveWriter(output)
  try {
    const rows: FileRow[] = []
    for (const file of files) rows.push(await packFile(root, file, archive))
    await archive.write(END)
    const tar = await archive.end()
    const table = writeFileTable(rows)
    const size = rows.reduce((sum, row) => sum + row.size, 0)
    return { tree: treeOf(table), files: rows.length, size, tar, table }
  } catch (error) {
    archive.abandon()
    throw fileError(error, 'write', output)
  }
})

async function packFile(root: string, file: FileToPack, archive: ArchiveWriter): Promise<FileRow> {
  const source = path.join(root, file.path)
  const fd = openRegular(source)
  try {
    const { size } = fs.fstatSync(fd)
    if (size > MAX_FILE_BYTES) throw new CpmError('PACK_REFUSED', `${file.path} is larger than 8 GiB`)
    const first = readPiece(fd, Math.min(PIECE, size + 1))
    // Most files are read in one piece, and an incremental hash would take as long to create as to use.
    const pieces = first.length === size ? undefined : createBlake3()
    const executable = file.executable || isScript(first)
    await archive.write(encodeEntry({ path: file.path, size, executable }))
    let piece = first
    let done = 0
    while (piece.length > 0) {
      pieces?.update(piece)
      await archive.write(piece)
      done += piece.length
      // Reading one byte more than the size reveals a file that grew.
      piece = done > size ? Buffer.alloc(0) : readPiece(fd, Math.min(PIECE, size - done + 1))
    }
    if (done !== size)
      throw new CpmError('PACK_REFUSED', `${file.path} changed while it was being packed`, {
        hint: 'run the command again',
      })
    await archive.write(ZEROS.subarray(0, padding(size)))
    return { path: file.path, size, executable, blake3: pieces?.digest() ?? blake3(first) }
  } finally {
    fs.closeSync(fd)
  }
}

/** Doesn't follow a link or wait for a pipe that has replaced the file since it was listed. */
function openRegular(file: string): number {
  let fd: number
  try {
    fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK)
  } catch (error) {
    throw fileError(error, 'read', file)
  }
  if (fs.fstatSync(fd).isFile()) return fd
  fs.closeSync(fd)
  throw new CpmError('PACK_REFUSED', `${file} is no longer a regular file`)
}

function readPiece(fd: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length)
  return buffer.subarray(0, fs.readSync(fd, buffer, 0, length, null))
}
