import zlib from 'node:zlib'

/**
 * Makes tar and gzip byte by byte, so that tests can build archives that no writer makes. Uses none of the code under
 * test: POSIX decides whether a block is right.
 */
const BLOCK = 512

type Bytes = string | Uint8Array

/** The raw fields of a header block. A number is written as in the canonical tar. */
export interface Fields {
  mode?: Bytes
  uid?: Bytes
  gid?: Bytes
  size?: number | Bytes
  mtime?: Bytes
  /** the eight bytes of a wrong checksum */
  checksum?: Bytes
  type?: string | number
  linkname?: Bytes
  magic?: Bytes
  uname?: Bytes
  gname?: Bytes
  major?: Bytes
  minor?: Bytes
  prefix?: Bytes
  /** the twelve bytes after the prefix, which ustar leaves unused */
  rest?: Bytes
}

const raw = (bytes: Bytes): Buffer => (typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.from(bytes))

/** Eleven octal digits and a NUL. */
export function octal(value: number): string {
  return `${value.toString(8).padStart(11, '0')}\0`
}

/** Makes a header block that is canonical except for the given fields. */
export function header(name: Bytes, fields: Fields = {}): Buffer {
  const block = Buffer.alloc(BLOCK)
  const put = (offset: number, length: number, bytes: Bytes) => {
    const field = raw(bytes)
    if (field.length > length) throw new Error(`${field.length} bytes don't fit a field of ${length}`)
    field.copy(block, offset)
  }
  const { size = 0, type = '0' } = fields
  put(0, 100, name)
  put(100, 8, fields.mode ?? '0000644\0')
  put(108, 8, fields.uid ?? '0000000\0')
  put(116, 8, fields.gid ?? '0000000\0')
  put(124, 12, typeof size === 'number' ? octal(size) : size)
  put(136, 12, fields.mtime ?? '00000000000\0')
  if (typeof type === 'number') block[156] = type
  else put(156, 1, type)
  put(157, 100, fields.linkname ?? '')
  put(257, 8, fields.magic ?? 'ustar\x0000')
  put(265, 32, fields.uname ?? '')
  put(297, 32, fields.gname ?? '')
  put(329, 8, fields.major ?? '0000000\0')
  put(337, 8, fields.minor ?? '0000000\0')
  put(345, 155, fields.prefix ?? '')
  put(500, 12, fields.rest ?? '')
  put(148, 8, '        ')
  let sum = 0
  for (const byte of block) sum += byte
  block.fill(0, 148, 156)
  put(148, 8, fields.checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `)
  return block
}

/** Pads bytes with zeros to the next block. */
export function padded(contents: Bytes): Buffer {
  const bytes = raw(contents)
  return Buffer.concat([bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)])
}

/** Makes an entry with its header and contents. */
export function entry(name: Bytes, contents: Bytes = '', fields: Fields = {}): Buffer {
  return Buffer.concat([header(name, { size: raw(contents).length, ...fields }), padded(contents)])
}

/** Makes a pax record, `<length> key=value\n`, where the length includes its own digits. */
export function paxRecord(key: string, value: Bytes): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), raw(value), Buffer.from('\n')])
  let length = rest.length + 1
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length
  return Buffer.concat([Buffer.from(String(length)), rest])
}

/** Makes an extended header with these records, or a global one if `fields.type` says so. */
export function pax(records: Bytes, fields: Fields = {}, name: Bytes = 'PaxHeader'): Buffer {
  return entry(name, records, { type: 'x', ...fields })
}

/** Makes a canonical entry for a name of 100 bytes or more. */
export function longEntry(name: string, contents: Bytes = '', fields: Fields = {}): Buffer {
  return Buffer.concat([pax(paxRecord('path', name)), entry(Buffer.from(name).subarray(0, 99), contents, fields)])
}

/** Joins parts and ends them with zero blocks. */
export function tar(parts: readonly Buffer[], endBlocks = 2): Buffer {
  return Buffer.concat([...parts, Buffer.alloc(endBlocks * BLOCK)])
}

interface GzipOptions {
  /** the flag byte of the header */
  flags?: number
  /** bytes between the header and the deflate stream */
  extra?: Bytes
  crc?: number
  length?: number
  level?: number
  header?: Bytes
}

/** Makes a gzip member that is correct except for the given options. */
export function gzip(contents: Uint8Array, { flags = 0, extra = '', level = 6, ...wrong }: GzipOptions = {}): Buffer {
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(wrong.crc ?? zlib.crc32(contents), 0)
  trailer.writeUInt32LE((wrong.length ?? contents.length) % 2 ** 32, 4)
  const head = wrong.header ?? Buffer.from([0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3])
  return Buffer.concat([raw(head), raw(extra), zlib.deflateRawSync(contents, { level }), trailer])
}
