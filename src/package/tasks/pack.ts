import fs from 'node:fs'
import path from 'node:path'
import { once } from 'node:events'
import { createGzip } from 'node:zlib'
import { createBlake3 } from '../../core/blake3.ts'
import { CpmError, fileError } from '../../core/errors.ts'
import { defineTask } from '../../core/task.ts'
import type { FileToPack } from '../files-to-pack.ts'
import { isScript } from '../script-line.ts'
import type { PackedContents } from '../signed-envelope.ts'
import { type FileRow, treeOf, writeFileTable } from '../file-table.ts'
import { encodeEntry, END, MAX_FILE_BYTES, padding } from '../tar-format.ts'

export interface PackInput {
  root: string
  files: readonly FileToPack[]
  /** path of the archive to write; must not exist */
  output: string
}

const PIECE = 1024 * 1024

/** Writes the gzipped canonical tar of a folder's files and returns its measurements. Reads each file once. */
export default defineTask(async ({ root, files, output }: PackInput): Promise<PackedContents & { table: string }> => {
  const tarHash = createBlake3()
  let tarSize = 0
  // Level 9 takes 2.3 times as long and makes archives only 0.4% smaller (measured with 120 npm packages).
  const gzip = createGzip({ level: 6 })
  const out = fs.createWriteStream(output, { flags: 'wx' })
  const written = once(out, 'close')
  // Errors reach us through `written`. Without its own listener, each would end the thread.
  written.catch(() => undefined)
  out.on('error', (error) => gzip.destroy(error))
  gzip.on('error', (error) => out.destroy(error))
  gzip.pipe(out)
  const push = async (bytes: Buffer) => {
    tarHash.update(bytes)
    tarSize += bytes.length
    if (bytes.length > 0 && !gzip.write(bytes) && !gzip.destroyed) await Promise.race([once(gzip, 'drain'), written])
  }
  try {
    const rows: FileRow[] = []
    for (const file of files) rows.push(await packFile(root, file, push))
    await push(END)
    gzip.end()
    await written
    const table = writeFileTable(rows)
    const size = rows.reduce((sum, row) => sum + row.size, 0)
    return { tree: treeOf(table), files: rows.length, size, tar: { size: tarSize, blake3: tarHash.digest() }, table }
  } catch (error) {
    gzip.destroy()
    out.destroy()
    throw fileError(error, 'write', output)
  }
})

async function packFile(root: string, file: FileToPack, push: (bytes: Buffer) => Promise<void>): Promise<FileRow> {
  const source = path.join(root, file.path)
  const fd = openRegular(source)
  try {
    const { size } = fs.fstatSync(fd)
    if (size > MAX_FILE_BYTES) throw new CpmError('PACK_REFUSED', `${file.path} is larger than 8 GiB`)
    const hash = createBlake3()
    let piece = readPiece(fd, Math.min(PIECE, size + 1))
    const executable = file.executable || isScript(piece)
    await push(encodeEntry({ path: file.path, size, executable }))
    let done = 0
    while (piece.length > 0) {
      hash.update(piece)
      await push(piece)
      done += piece.length
      // Reading one byte more than the size reveals a file that grew.
      piece = done > size ? Buffer.alloc(0) : readPiece(fd, Math.min(PIECE, size - done + 1))
    }
    if (done !== size)
      throw new CpmError('PACK_REFUSED', `${file.path} changed while it was being packed`, {
        hint: 'run the command again',
      })
    await push(Buffer.alloc(padding(size)))
    return { path: file.path, size, executable, blake3: hash.digest() }
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
