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
import { gzip } from './forge.ts'

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
