import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import zlib from 'node:zlib'
import { expect } from 'vitest'
import { blake3 } from '../../src/core/blake3.ts'
import { CpmError } from '../../src/core/errors.ts'
import type { Pool } from '../../src/core/pool.ts'
import { DEFAULT_LIMITS, type Limits } from '../../src/package/limits.ts'
import type { ExpectedArchive, ReadContents } from '../../src/package/read-archive.ts'
import { inspect, unpack } from '../../src/package/tasks.ts'

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

/** The result of reading an archive: the error it was refused with, or its contents. */
export type Outcome = { code: string; message: string } | { code: 'ok'; contents: ReadContents; files: string[] }

/** A temporary folder to read hostile archives in with the real tasks, with a sentinel file next to each target. */
export class Yard {
  readonly root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-yard-')))
  readonly #pool: Pool
  #count = 0

  constructor(pool: Pool) {
    this.#pool = pool
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.root, { recursive: true, force: true })
  }

  file(name: string, bytes: Uint8Array): string {
    const file = path.join(this.root, name)
    fs.writeFileSync(file, bytes)
    return file
  }

  /** Reads an archive with the inspect task. */
  async inspect(packed: Uint8Array, limits: Partial<Limits> = {}): Promise<Outcome> {
    const archive = this.file('archive.cpm', packed)
    return this.#outcome(async () => {
      const input = { archive, limits: { ...DEFAULT_LIMITS, ...limits } }
      const { contents } = await this.#pool.run(inspect, input)
      return { code: 'ok', contents, files: namesOf(contents.table) }
    })
  }

  /** Unpacks an archive whose envelope promises exactly these bytes, so that only its form can be wrong. */
  async unpack(packed: Uint8Array, promised: Partial<ExpectedArchive['contents']> = {}): Promise<Outcome> {
    const place = path.join(this.root, `unpack-${++this.#count}`)
    const target = path.join(place, 'a', 'target')
    fs.mkdirSync(path.dirname(target), { recursive: true })
    const archive = this.file('archive.cpm', packed)
    const sentinels = [path.join(place, 'sentinel'), path.join(place, 'a', 'sentinel')]
    for (const sentinel of sentinels) fs.writeFileSync(sentinel, 'untouched')
    const outcome = await this.#outcome(async () => {
      const input = {
        archive,
        limits: DEFAULT_LIMITS,
        target,
        promised: {
          archive: { size: packed.length, blake3: blake3(packed) },
          contents: { tree: blake3('tree'), files: 1, size: 0, tar: tarOf(packed), ...promised },
        },
      }
      const { table } = await this.#pool.run(unpack, input)
      return { code: 'ok', contents: { ...input.promised.contents, table }, files: namesOf(table) }
    })
    // Whatever is in the archive, nothing changes outside the target, and the target contains no link.
    for (const sentinel of sentinels) expect(fs.readFileSync(sentinel, 'utf8')).toBe('untouched')
    expect(fs.readdirSync(place).sort()).toEqual(['a', 'sentinel'])
    expect(fs.readdirSync(path.join(place, 'a')).sort()).toEqual(['sentinel', 'target'])
    for (const found of fs.readdirSync(target, { withFileTypes: true, recursive: true }))
      expect(found.isFile() || found.isDirectory(), found.name).toBe(true)
    return outcome
  }

  /** Expects both tasks to refuse a tar, gzipped here, with a code. */
  async refuses(tarBytes: Uint8Array, code = 'ARCHIVE_INVALID', what = ''): Promise<void> {
    await this.refusesPacked(gzip(tarBytes), code, what)
  }

  async refusesPacked(packed: Uint8Array, code = 'ARCHIVE_INVALID', what = ''): Promise<void> {
    expect((await this.inspect(packed)).code, `inspect ${what}`).toBe(code)
    expect((await this.unpack(packed)).code, `unpack ${what}`).toBe(code)
  }

  async #outcome(read: () => Promise<Outcome>): Promise<Outcome> {
    try {
      return await read()
    } catch (error) {
      if (error instanceof CpmError) return { code: error.code, message: error.message }
      throw error
    }
  }
}

/** Measures the tar in an archive if it can be read, as an honest author of a bad archive would. */
function tarOf(packed: Uint8Array): ExpectedArchive['contents']['tar'] {
  try {
    const bytes = zlib.gunzipSync(packed, { maxOutputLength: 64 * 1024 * 1024 })
    return { size: bytes.length, blake3: blake3(bytes) }
  } catch {
    return { size: 1024 * 1024, blake3: blake3('unknown') }
  }
}

function namesOf(table: string): string[] {
  return table
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(' ').slice(3).join(' '))
}
