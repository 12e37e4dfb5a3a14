import fs from 'node:fs'
import path from 'node:path'
import { fileError } from '../../core/errors.ts'
import { defineTask } from '../../core/task.ts'
import { type Fingerprint, fingerprintOf } from '../fingerprint.ts'
import type { Limits } from '../limits.ts'
import { type ExpectedArchive, readArchive } from '../read-archive.ts'
import type { EntryHeader } from '../tar-format.ts'
import type { SaidOfManifest } from '../signed-manifest.ts'
import type { FileSink } from '../tar-reader.ts'
import { requireUnpackedManifest } from '../unpacked-manifest.ts'

export interface UnpackInput {
  archive: string
  /** undefined for an archive without an envelope */
  promised?: ExpectedArchive | undefined
  limits: Limits
  /** what its manifest must say; undefined if the caller checks that */
  manifest?: { readonly label: string; readonly said: SaidOfManifest } | undefined
  /** a staging folder that does not exist yet; the caller renames it after this succeeds */
  target: string
}

/**
 * Unpacks and proves an archive in one pass, and compares its manifest with the signed fields. After an error, `target`
 * keeps what was already written.
 */
export default defineTask(
  async ({ manifest, ...input }: UnpackInput): Promise<{ table: string; fingerprint: Fingerprint }> => {
    const { table } = await unpack(input)
    // Nobody else knows the folder yet, so these are still the files that were just written.
    const { fingerprint } = fingerprintOf(input.target)
    if (manifest) requireUnpackedManifest({ ...manifest, root: input.target })
    return { table, fingerprint }
  },
)

async function unpack({
  archive,
  promised,
  limits,
  target,
}: Omit<UnpackInput, 'manifest'>): Promise<{ table: string }> {
  const made: Made = { folders: new Set(), last: '', open: new Set() }
  makeFolder(target)
  try {
    const { table } = await readArchive(archive, {
      promised,
      limits,
      file: (entry) => createFile(target, entry, made),
    })
    return { table }
  } finally {
    for (const fd of made.open) fs.closeSync(fd)
  }
}

interface Made {
  readonly folders: Set<string>
  /** the folder of the last file, with a slash */
  last: string
  /** the file being written, still open if the archive is refused halfway */
  readonly open: Set<number>
}

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants

function createFile(target: string, { path: relative, executable }: EntryHeader, made: Made): FileSink {
  makeParents(target, relative, made)
  return new NewFile(`${target}${path.sep}${relative}`, executable ? 0o555 : 0o444, made.open)
}

/** A file being written. A package has thousands, so each takes as few objects and system calls as possible. */
class NewFile implements FileSink {
  readonly #file: string
  readonly #open: Set<number>
  readonly #fd: number

  constructor(file: string, mode: number, open: Set<number>) {
    this.#file = file
    this.#open = open
    try {
      this.#fd = fs.openSync(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode)
    } catch (error) {
      throw fileError(error, 'write', file)
    }
    open.add(this.#fd)
  }

  write(chunk: Buffer): void {
    try {
      for (let done = 0; done < chunk.length;) done += fs.writeSync(this.#fd, chunk, done)
    } catch (error) {
      throw fileError(error, 'write', this.#file)
    }
  }

  end(): void {
    this.#open.delete(this.#fd)
    fs.closeSync(this.#fd)
  }
}

/** Archives are sorted, so most files are in the folder of the one before. */
function makeParents(target: string, relative: string, made: Made): void {
  const parent = relative.slice(0, relative.lastIndexOf('/') + 1)
  if (parent === made.last) return
  made.last = parent
  for (let slash = relative.indexOf('/'); slash > 0; slash = relative.indexOf('/', slash + 1)) {
    const folder = relative.slice(0, slash)
    if (made.folders.has(folder)) continue
    makeFolder(`${target}${path.sep}${folder}`)
    made.folders.add(folder)
  }
}

function makeFolder(folder: string): void {
  try {
    fs.mkdirSync(folder, 0o755)
  } catch (error) {
    throw fileError(error, 'write', folder)
  }
}
