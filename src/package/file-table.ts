import type { Blake3, Tree } from '../schema/digest.ts'
import { digestHex } from '../schema/digest.ts'
import { blake3 } from '../core/blake3.ts'

/** A file of a package, as its table lists it. */
export interface FileRow {
  readonly path: string
  readonly size: number
  readonly executable: boolean
  readonly blake3: Blake3
}

const VERSION_LINE = 'cpm-file-table-1'
const ROW = /^(644|755) (0|[1-9][0-9]*) ([0-9a-f]{64}) (.+)$/

/** The table's text: a version line, then a line a file, in the order of the archive (docs/formats.md, "File table"). */
export function writeFileTable(rows: readonly FileRow[]): string {
  const lines = rows.map(
    ({ path, size, executable, blake3 }) => `${executable ? '755' : '644'} ${size} ${digestHex(blake3)} ${path}`,
  )
  return `${[VERSION_LINE, ...lines].join('\n')}\n`
}

/** The identity of a package's contents: the digest of its table. */
export function treeOf(table: string): Tree {
  return blake3(table)
}

/** The rows of a table's text, or undefined when it is not one. Only a text whose digest was checked can be believed. */
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
