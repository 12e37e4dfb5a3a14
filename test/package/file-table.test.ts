import { describe, expect, test } from 'vitest'
import { blake3 } from '../../src/core/blake3.ts'
import { type FileRow, readFileTable, treeOf, writeFileTable } from '../../src/package/file-table.ts'

const HEX = 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'
const ROWS: FileRow[] = [
  { path: 'a b', size: 0, executable: false, blake3: blake3('') },
  { path: 'bin/run', size: 4_294_967_296, executable: true, blake3: blake3('') },
  { path: 'ü', size: 1, executable: false, blake3: blake3('') },
]
const TEXT = `cpm-file-table-1\n644 0 ${HEX} a b\n755 4294967296 ${HEX} bin/run\n644 1 ${HEX} ü\n`

describe('the file table', () => {
  test('is written exactly as docs/formats.md defines it', () => {
    expect(writeFileTable(ROWS)).toBe(TEXT)
    expect(writeFileTable([])).toBe('cpm-file-table-1\n')
    expect(treeOf(TEXT)).toBe(blake3(TEXT))
  })

  test('is read back as it was written', () => {
    expect(readFileTable(TEXT)).toEqual(ROWS)
    expect(readFileTable('cpm-file-table-1\n')).toEqual([])
  })

  test('has a different tree for any difference in a file', () => {
    const [first, second, third] = ROWS as [FileRow, FileRow, FileRow]
    const others = [
      [{ ...first, path: 'a c' }, second, third],
      [{ ...first, size: 1 }, second, third],
      [{ ...first, executable: true }, second, third],
      [{ ...first, blake3: blake3('x') }, second, third],
      [first, second],
      [second, first, third],
    ]
    const trees = [ROWS, ...others].map((rows) => treeOf(writeFileTable(rows)))
    expect(new Set(trees).size).toBe(7)
  })

  test('is refused if any line is malformed', () => {
    const row = `644 0 ${HEX} a`
    const wrong = [
      ...['', '\n', 'cpm-file-table-1', 'cpm-file-table-2\n', `${row}\n`, `cpm-file-table-1\n${row}`, ` ${TEXT}`],
      ...[`${TEXT}\n`, `${TEXT}x`, TEXT.replaceAll('\n', '\r\n').replace('1\r', '1'), `cpm-file-table-1\n${row}\n\n`],
      ...['600 0', '0644 0', '644 -1', '644 00', '644 1.5', '644 1e3', '644', '777 0', '644  0', '644 0 x'].map(
        (head) => `cpm-file-table-1\n${head} ${HEX} a\n`,
      ),
      ...[HEX.toUpperCase(), HEX.slice(1), `${HEX}0`, ''].map((hex) => `cpm-file-table-1\n644 0 ${hex} a\n`),
      `cpm-file-table-1\n644 0 ${HEX} \n`,
      `cpm-file-table-1\n644 0 ${HEX}\n`,
    ]
    for (const text of wrong) expect(readFileTable(text), JSON.stringify(text)).toBeUndefined()
  })
})
