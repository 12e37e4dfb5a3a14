import { CpmError } from '../core/errors.ts'
import { compareEntryPaths, type EntryPath, entryPathProblem, EntryPaths } from './entry-path.ts'
import { type Limits, refuseTooManyPaths, tooLarge } from './limits.ts'
import {
  BLOCK,
  decodeHeader,
  decodePathRecord,
  encodeEntry,
  END,
  type EntryHeader,
  LONG_NAME_BYTES,
  MAX_FILE_BYTES,
  padding,
  readPlainHeader,
} from './tar-format.ts'

/** Receives the contents of the current file. */
export interface FileSink {
  write(chunk: Buffer): void
  end(): void
}

export interface TarEvents {
  /** Called for each accepted file header. Its path has passed every check. */
  file(entry: EntryHeader & { path: EntryPath }): FileSink
}

type TarLimits = Pick<Limits, 'files' | 'folders' | 'pathBytes'>

type State = 'header' | 'extended' | 'long-header' | 'contents' | 'padding' | 'end'

const MAX_RECORD_BYTES = 1100

/**
 * Reads a canonical tar, pushed in pieces of any size. Refuses a block that re-encodes to different bytes, which rules
 * out links, devices, duplicates, forged headers and anything that another reader could interpret differently.
 */
export class TarReader {
  readonly #events: TarEvents
  readonly #limits: TarLimits
  readonly #paths = new EntryPaths()
  #state: State = 'header'
  #offset = 0
  #files = 0
  /** the parts of the block or record being read */
  #gathered: Buffer[] = []
  #gatheredBytes = 0
  #wanted = BLOCK
  #extended: { head: Buffer; path: string; size: number } | undefined
  #lastPath = ''
  #sink: FileSink | undefined
  #left = 0
  #zeros = 0
  #endBytes = 0

  constructor(events: TarEvents, limits: TarLimits) {
    this.#events = events
    this.#limits = limits
  }

  /** @throws CpmError ARCHIVE_INVALID or ARCHIVE_TOO_LARGE at the first byte that is not canonical */
  push(chunk: Buffer): void {
    let rest = chunk
    while (rest.length > 0) {
      const taken = this.#take(rest)
      this.#offset += taken
      rest = rest.subarray(taken)
    }
  }

  /** Ends the archive. @throws CpmError ARCHIVE_INVALID if it is truncated */
  finish(): { files: number } {
    if (this.#state !== 'end' || this.#endBytes !== END.length) throw this.#invalid('is truncated')
    return { files: this.#files }
  }

  #take(bytes: Buffer): number {
    switch (this.#state) {
      case 'contents': {
        const part = bytes.subarray(0, this.#left)
        this.#sink?.write(part)
        this.#left -= part.length
        if (this.#left === 0) this.#endOfFile()
        return part.length
      }
      case 'padding':
        return this.#takeZeros(bytes)
      case 'end':
        return this.#takeEnd(bytes)
      default:
        return this.#gather(bytes)
    }
  }

  #gather(bytes: Buffer): number {
    const part = bytes.subarray(0, this.#wanted - this.#gatheredBytes)
    this.#gathered.push(part)
    this.#gatheredBytes += part.length
    if (this.#gatheredBytes === this.#wanted) {
      const block = this.#gathered.length === 1 ? part : Buffer.concat(this.#gathered)
      this.#gathered = []
      this.#gatheredBytes = 0
      if (this.#state === 'extended') this.#readRecord(block)
      else this.#readHeader(block)
    }
    return part.length
  }

  #readHeader(block: Buffer): void {
    if (this.#state === 'header' && block.equals(END.subarray(0, BLOCK))) {
      if (this.#files === 0) throw this.#invalid('contains no files')
      this.#state = 'end'
      this.#endBytes = BLOCK
      return
    }
    const plain = this.#extended ? undefined : readPlainHeader(block)
    if (plain) {
      this.#acceptCanonical(plain)
      return
    }
    const header = decodeHeader(block)
    if (header.kind === 'refused') throw this.#invalid(header.why)
    if (header.kind === 'extended') {
      if (this.#extended) throw this.#invalid('has two extended headers in a row')
      if (header.size > MAX_RECORD_BYTES) throw this.#invalid('has an extended header that is too long')
      // Its bytes are compared together with the entry's, once the path is known.
      this.#extended = { head: Buffer.from(block), path: '', size: header.size }
      this.#state = 'extended'
      this.#wanted = header.size + padding(header.size)
      if (this.#wanted === 0) throw this.#invalid('has an empty extended header')
      return
    }
    const path = this.#extended?.path ?? header.path
    this.#accept({ path, size: header.size, executable: header.executable }, block)
  }

  #readRecord(block: Buffer): void {
    const extended = this.#extended
    if (!extended) throw new Error('an extended record without its header')
    const path = decodePathRecord(block.subarray(0, extended.size))
    if (path === undefined) throw this.#invalid('has an extended header with something other than a path')
    if (Buffer.byteLength(path) < LONG_NAME_BYTES) throw this.#invalid('has an unnecessary extended header')
    this.#extended = { ...extended, head: Buffer.concat([extended.head, block]), path }
    this.#state = 'long-header'
    this.#wanted = BLOCK
  }

  #accept(entry: EntryHeader, block: Buffer): void {
    const { path, size } = entry
    this.#requirePath(path)
    if (!(size >= 0 && size <= MAX_FILE_BYTES)) throw this.#invalid(`contains ${path} with an impossible size`)
    const written = this.#extended ? Buffer.concat([this.#extended.head, block]) : block
    if (!encodeEntry(entry).equals(written)) throw this.#invalid(`has a header for ${path} that is not canonical`)
    this.#acceptCanonical(entry)
  }

  #requirePath(path: string): asserts path is EntryPath {
    const problem = entryPathProblem(path)
    if (problem !== undefined) throw this.#invalid(`contains ${JSON.stringify(path)}, which ${problem}`)
  }

  /** Accepts an entry whose header is canonical, if its path is allowed and comes after the one before. */
  #acceptCanonical(entry: EntryHeader): void {
    const { path, size, executable } = entry
    this.#requirePath(path)
    if (this.#lastPath !== '' && compareEntryPaths(this.#lastPath, path) >= 0) {
      throw this.#invalid(this.#lastPath === path ? `contains ${path} twice` : `contains ${path} out of order`)
    }
    const clash = this.#paths.add(path)
    if (clash !== undefined) throw this.#invalid(`contains ${path}, which ${clash}`)
    refuseTooManyPaths(this.#paths, this.#limits)
    if (++this.#files > this.#limits.files) throw tooLarge(`it has more than ${this.#limits.files} files`)
    this.#extended = undefined
    this.#lastPath = path
    this.#left = size
    this.#zeros = padding(size)
    this.#sink = this.#events.file({ path, size, executable })
    this.#state = 'contents'
    if (size === 0) this.#endOfFile()
  }

  #endOfFile(): void {
    this.#sink?.end()
    this.#sink = undefined
    this.#state = this.#zeros > 0 ? 'padding' : 'header'
    this.#wanted = BLOCK
  }

  #takeZeros(bytes: Buffer): number {
    const part = bytes.subarray(0, this.#zeros)
    if (!part.equals(END.subarray(0, part.length))) throw this.#invalid('has data in the padding after a file')
    this.#zeros -= part.length
    if (this.#zeros === 0) this.#state = 'header'
    return part.length
  }

  #takeEnd(bytes: Buffer): number {
    if (this.#endBytes === END.length) throw this.#invalid('continues after its end')
    const part = bytes.subarray(0, END.length - this.#endBytes)
    if (!part.equals(END.subarray(0, part.length))) throw this.#invalid('ends with one zero block instead of two')
    this.#endBytes += part.length
    return part.length
  }

  #invalid(fact: string): CpmError {
    return new CpmError('ARCHIVE_INVALID', `the archive ${fact} (near byte ${this.#offset} of the tar)`)
  }
}
