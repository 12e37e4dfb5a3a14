import fs from 'node:fs'
import path from 'node:path'
import { fileError } from '../../core/errors.ts'
import { defineTask } from '../../core/task.ts'
import type { Limits } from '../limits.ts'
import { type ExpectedArchive, readArchive } from '../read-archive.ts'
import type { EntryHeader } from '../tar-format.ts'
import type { FileSink } from '../tar-reader.ts'

export interface UnpackInput {
  archive: string
  /** undefined for an archive without an envelope */
  promised?: ExpectedArchive | undefined
  limits: Limits
  /** a staging folder that does not exist yet; the caller renames it after this succeeds */
  target: string
}

/** Unpacks and proves an archive in one pass. After an error, `target` keeps what was already written. */
export default defineTask(async ({ archive, promised, limits, target }: UnpackInput): Promise<{ table: string }> => {
  const made: Made = { folders: new Set(), open: new Set() }
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
})

interface Made {
  readonly folders: Set<string>
  /** the file being written, still open if the archive is refused halfway */
  readonly open: Set<number>
}

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants

function createFile(target: string, { path: relative, executable }: EntryHeader, { folders, open }: Made): FileSink {
  for (let slash = relative.indexOf('/'); slash > 0; slash = relative.indexOf('/', slash + 1)) {
    const folder = relative.slice(0, slash)
    if (folders.has(folder)) continue
    makeFolder(path.join(target, folder))
    folders.add(folder)
  }
  const file = path.join(target, relative)
  const fd = guarded(file, () =>
    fs.openSync(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, executable ? 0o555 : 0o444),
  )
  open.add(fd)
  return {
    write: (chunk) => {
      guarded(file, () => {
        for (let done = 0; done < chunk.length;) done += fs.writeSync(fd, chunk, done)
      })
    },
    end: () => {
      open.delete(fd)
      fs.closeSync(fd)
    },
  }
}

function makeFolder(folder: string): void {
  guarded(folder, () => {
    fs.mkdirSync(folder, 0o755)
  })
}

function guarded<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw fileError(error, 'write', file)
  }
}
