import type { Blake3, Tree } from '../schema/digest.ts'
import { digestHex } from '../schema/digest.ts'
import { blake3 } from '../core/blake3.ts'

/** A file of a package in its file table. */
export interface FileRow {
  readonly path: string
  readonly size: number
  readonly executable: boolean
  readonly blake3: Blake3
}

const VERSION_LINE = 'cpm-file-table-1'
const ROW = /^(644|755) (0|[1-9][0-9]*) ([0-9a-f]{64}) (.+)$/

/** Writes a table: a version line, then one line per file in the archive's order (docs/formats.md, "File table"). */
export function writeFileTable(rows: readonly FileRow[]): string {
  return `${VERSION_LINE}\n${rows.map(lineOf).join('')}`
}

function lineOf({ path, size, executable, blake3 }: FileRow): string {
  return `${executable ? '755' : '644'} ${size} ${digestHex(blake3)} ${path}\n`
}

/** What a table is collected in; holds any line. */
const PIECE = 64 * 1024

/** Writes a table while an archive is read, without keeping its rows: a stranger's archive has up to 200,000. */
export class FileTableWriter {
  readonly #full: Buffer[] = []
  #piece = Buffer.allocUnsafe(PIECE)
  #length = this.#piece.write(`${VERSION_LINE}\n`)

  add(row: FileRow): void {
    const line = lineOf(row)
    // No character takes more than three bytes of UTF-8 for each unit of UTF-16.
    if (this.#length + 3 * line.length > PIECE) {
      this.#full.push(this.#piece.subarray(0, this.#length))
      this.#piece = Buffer.allocUnsafe(PIECE)
      this.#length = 0
    }
    this.#length += this.#piece.write(line, this.#length)
  }

  end(): { table: string; tree: Tree } {
    const bytes = Buffer.concat([...this.#full, this.#piece.subarray(0, this.#length)])
    return { table: bytes.toString(), tree: blake3(bytes) }
  }
}

/** Returns the identity of a package's contents: the digest of its table. */
export function treeOf(table: string): Tree {
  return blake3(table)
}

/** Reads a table, or returns undefined if the text is not one. Trust it only after you checked its digest. */
export function readFileTable(text: string): FileRow[] | undefined {
  const lines = text.split('\n')
  if (lines.shift() !== VERSION_LINE || lines.pop() !== '') return undefined
  const rows: FileRow[] = []
  for (const line of lines) {
    const [, mode, size, hex, path] = ROW.exec(line) ?? []
    if (path === undefined) return undefined
    rows.push({ path, size: Number(size), executable: mode === '755', blake3: `blake3:${hex}` as Blake3 })
  }
  return rows
}
