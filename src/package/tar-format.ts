import { Header } from 'tar/header'

/**
 * The header block of the canonical tar, to the byte (docs/formats.md, "Canonical tar"). An entry can be written in
 * only one way, so readers parse it, write it again and compare.
 */
export const BLOCK = 512
/** A path of this many bytes or more is in an extended header before its entry. */
export const LONG_NAME_BYTES = 100
/** The largest size that fits in eleven octal digits. */
export const MAX_FILE_BYTES = 8 * 1024 ** 3 - 1

const FILE_TYPE = '0'.charCodeAt(0)
const EXTENDED_HEADER_NAME = Buffer.from('PaxHeader')

export interface EntryHeader {
  readonly path: string
  readonly size: number
  readonly executable: boolean
}

/** Writes the blocks before an entry's contents: its header, after an extended header if the path is long. */
export function encodeEntry({ path, size, executable }: EntryHeader): Buffer {
  const name = Buffer.from(path)
  if (name.length < LONG_NAME_BYTES) return encodeHeader(name, size, executable, '0')
  const record = pathRecord(path)
  const padded = Buffer.alloc(padding(record.length) + record.length)
  record.copy(padded)
  return Buffer.concat([
    encodeHeader(EXTENDED_HEADER_NAME, record.length, false, 'x'),
    padded,
    encodeHeader(shortened(name), size, executable, '0'),
  ])
}

/** Returns how many zero bytes follow contents of this length. */
export function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK
}

/** Two zero blocks end the archive. */
export const END = Buffer.alloc(2 * BLOCK)

const TEMPLATE = ((): Buffer => {
  const block = Buffer.alloc(BLOCK)
  block.write('0000644\x000000000\x000000000\x0000000000000\x0000000000000\x00        ', 100, 'latin1')
  block.write('ustar\x0000', 257, 'latin1')
  block.write('0000000\x000000000\x00', 329, 'latin1')
  return block
})()

function encodeHeader(name: Buffer, size: number, executable: boolean, type: '0' | 'x'): Buffer {
  const block = Buffer.from(TEMPLATE)
  name.copy(block, 0)
  if (executable) block.write('0000755', 100, 'latin1')
  block.write(size.toString(8).padStart(11, '0'), 124, 'latin1')
  block.write(type, 156, 'latin1')
  let sum = 0
  for (const byte of block) sum += byte
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

/**
 * Reads the header of a file with a short ASCII name, if it is canonical. This is the common case, and several times as
 * fast as `decodeHeader`. Each byte is compared with what `encodeEntry` would write.
 * @returns undefined for any other block
 */
export function readPlainHeader(block: Buffer): EntryHeader | undefined {
  const end = block.indexOf(0)
  if (end < 1 || end >= LONG_NAME_BYTES || block[TYPE_AT] !== FILE_TYPE) return undefined
  const size = readOctal(block, SIZE_AT, 11)
  const executable = block[MODE_AT + 4] === 0x37
  if (size === undefined) return undefined
  let sum = executable ? EXECUTABLE_SUM : FILE_SUM
  for (let at = 0; at < end; at++) {
    const byte = block[at] ?? 0
    if (byte < 0x20 || byte > 0x7e) return undefined
    sum += byte
  }
  for (let at = SIZE_AT; at < SIZE_AT + 11; at++) sum += (block[at] ?? 0) - 0x30
  if (readOctal(block, SUM_AT, 6) !== sum) return undefined
  // Everything but name, size and checksum is as in the template.
  const like = executable ? EXECUTABLE_TEMPLATE : FILE_TEMPLATE
  const isCanonical =
    block.compare(like, end, SIZE_AT, end, SIZE_AT) === 0 &&
    block.compare(like, SIZE_AT + 11, SUM_AT, SIZE_AT + 11, SUM_AT) === 0 &&
    block.compare(like, SUM_AT + 6, BLOCK, SUM_AT + 6, BLOCK) === 0
  return isCanonical ? { path: block.toString('latin1', 0, end), size, executable } : undefined
}

const MODE_AT = 100
const SIZE_AT = 124
const SUM_AT = 148
const TYPE_AT = 156

const FILE_TEMPLATE = encodeHeader(Buffer.alloc(0), 0, false, '0')
const EXECUTABLE_TEMPLATE = encodeHeader(Buffer.alloc(0), 0, true, '0')
const FILE_SUM = readOctal(FILE_TEMPLATE, SUM_AT, 6) ?? 0
const EXECUTABLE_SUM = readOctal(EXECUTABLE_TEMPLATE, SUM_AT, 6) ?? 0

/** Reads a number of exactly so many octal digits. */
function readOctal(block: Buffer, at: number, digits: number): number | undefined {
  let value = 0
  for (let end = at + digits; at < end; at++) {
    const digit = (block[at] ?? 0) - 0x30
    if (digit < 0 || digit > 7) return undefined
    value = value * 8 + digit
  }
  return value
}

/** Writes `<length> path=<path>\n`, where the length includes its own digits (POSIX pax). */
function pathRecord(path: string): Buffer {
  const rest = Buffer.byteLength(` path=${path}\n`)
  let length = rest + String(rest).length
  if (String(length).length > String(rest).length) length = rest + String(length).length
  return Buffer.from(`${length} path=${path}\n`)
}

/** Returns the path's first 99 bytes, shortened to whole characters. */
function shortened(name: Buffer): Buffer {
  let end = LONG_NAME_BYTES - 1
  while (end > 0 && ((name[end] ?? 0) & 0xc0) === 0x80) end--
  return name.subarray(0, end)
}

const TYPE_NAMES = new Map<string, string>([
  ['OldFile', 'an old-style file'],
  ['Link', 'a hard link'],
  ['SymbolicLink', 'a symbolic link'],
  ['CharacterDevice', 'a device'],
  ['BlockDevice', 'a device'],
  ['Directory', 'a folder entry'],
  ['FIFO', 'a pipe'],
  ['ContiguousFile', 'a contiguous file'],
  ['GlobalExtendedHeader', 'a global extended header'],
  ['OldExtendedHeader', 'an old-style extended header'],
  ['NextFileHasLongPath', 'a GNU long name'],
  ['NextFileHasLongLinkpath', 'a GNU long link'],
])

export type DecodedHeader =
  { kind: 'file' | 'extended'; path: string; size: number; executable: boolean } | { kind: 'refused'; why: string }

/** Parses a header block with npm's tar. The caller checks that it is canonical by comparing bytes. */
export function decodeHeader(block: Buffer): DecodedHeader {
  const header = parseHeader(block)
  if (!header) return { kind: 'refused', why: 'has a header with an unreadable number' }
  if (!header.cksumValid) return { kind: 'refused', why: 'has a header with a wrong checksum' }
  const { path = '', size = 0, mode = 0 } = header
  // The library treats a name field that ends with a slash as a folder, but a long path may be cut there.
  const type = block[156] === FILE_TYPE ? 'File' : header.type
  if (type === 'ExtendedHeader') return { kind: 'extended', path, size, executable: false }
  if (type !== 'File')
    return { kind: 'refused', why: `contains ${TYPE_NAMES.get(type) ?? `an entry of type ${JSON.stringify(type)}`}` }
  return { kind: 'file', path, size, executable: mode === 0o755 }
}

/** Returns undefined where the library throws: for base-256 numbers that are too large or malformed. */
function parseHeader(block: Buffer): Header | undefined {
  try {
    return new Header(block, 0)
  } catch {
    return undefined
  }
}

/** Reads the path in an extended header, or returns undefined if the header contains anything else. */
export function decodePathRecord(record: Buffer): string | undefined {
  const match = /^[1-9][0-9]* path=([^\n]*)\n$/.exec(record.toString('utf8'))
  return match?.[1] !== undefined && pathRecord(match[1]).equals(record) ? match[1] : undefined
}
