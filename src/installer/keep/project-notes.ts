import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { digestHex, Tree } from '../../schema/digest.ts'
import { namesIn, readIfThere, readTextIfThere, statsIfThere, writeFileAtomic } from '../../core/atomic-file.ts'
import { blake3 } from '../../core/blake3.ts'
import { CpmError, fileError, ifWritable } from '../../core/errors.ts'
import { mountOf } from './mounts.ts'
import { isFresh } from './note-age.ts'

/**
 * The first line of a note. The other lines are the trees that the project used when it was last here. They count as
 * used while the project can't be read, for example because its disk is not mounted.
 */
const Header = z.object({
  schemaVersion: z.literal(1),
  path: z.string().min(1),
  /** the mount point of its file system; absent if that is unknown */
  mount: z.string().optional(),
  /** the number of lines that follow, which shows whether a crash truncated the note */
  trees: z.int().nonnegative(),
})

export interface ProjectNote {
  readonly file: string
  /** the project's folder; undefined if the note can't be read */
  readonly path: string | undefined
  readonly mount: string | undefined
  /** undefined if they are unknown: the note is damaged, or was written by an older or newer cpm */
  readonly trees: ReadonlySet<Tree> | undefined
  /** when the project last used the store */
  readonly usedAt: Date
}

/** The projects that use a store: one small file each, in `<store>/projects`. */
export class ProjectNotes {
  readonly #folder: string
  readonly #temporary: () => string

  /** @param temporary returns an unused path on the same file system */
  constructor(folder: string, temporary: () => string) {
    this.#folder = folder
    this.#temporary = temporary
  }

  /** Adds trees to those that a project uses, before it relies on finding them in the store. */
  add(project: string, trees: readonly Tree[]): void {
    const before = this.#textOf(project)
    if (before === noteText(project, trees)) {
      this.#touch(project)
      return
    }
    const noted = this.#read(project)?.trees
    const all = new Set([...(noted ?? []), ...trees])
    if (noted?.size === all.size) this.#touch(project)
    else this.#write(project, [...all], before)
  }

  /** Records all the trees that a project uses. Returns those that it used before and no longer does. */
  set(project: string, trees: readonly Tree[]): Tree[] {
    const before = this.#textOf(project)
    if (before === noteText(project, trees)) {
      this.#touch(project)
      return []
    }
    const now = new Set(trees)
    const dropped = [...(this.#read(project)?.trees ?? [])].filter((tree) => !now.has(tree))
    this.#write(project, trees, before)
    return dropped
  }

  list(): ProjectNote[] {
    return namesIn(this.#folder)
      .map((name) => path.join(this.#folder, name))
      .flatMap((file) => readNote(file) ?? [])
  }

  forget({ file }: ProjectNote): void {
    try {
      fs.rmSync(file, { force: true })
    } catch (error) {
      throw fileError(error, 'remove', file)
    }
  }

  /** Removes the note of a project. */
  remove(project: string): void {
    const file = this.file(project)
    ifWritable(() => {
      try {
        fs.rmSync(file, { force: true })
      } catch (error) {
        throw fileError(error, 'remove', file)
      }
    })
  }

  #read(project: string): ProjectNote | undefined {
    return readNote(this.file(project))
  }

  #textOf(project: string): string | undefined {
    try {
      return readIfThere(this.file(project))?.toString('latin1')
    } catch (error) {
      // It is written again.
      if (error instanceof CpmError) return undefined
      throw error
    }
  }

  #write(project: string, trees: readonly Tree[], before: string | undefined): void {
    ifWritable(() => {
      // Without its note a project is unknown. An older note only lacks trees that the project itself names.
      const durable = before === undefined
      const temporary = this.#temporary()
      writeFileAtomic(this.file(project), Buffer.from(noteText(project, trees), 'latin1'), { durable, temporary })
    })
  }

  #touch(project: string): void {
    const file = this.file(project)
    if (isFresh(statsIfThere(file)?.mtimeMs ?? 0)) return
    const now = new Date()
    try {
      fs.utimesSync(file, now, now)
    } catch {
      // In a read-only store, the project only looks unused for longer than it is.
    }
  }

  /** Returns the file of a project's note, whether it exists or not. */
  file(project: string): string {
    return path.join(this.#folder, digestHex(blake3(project)))
  }
}

/** Returns the text of a note, as Latin-1: comparing it with the file is all that a project without changes costs. */
function noteText(project: string, trees: readonly Tree[]): string {
  const distinct = [...new Set(trees)]
  const mount = mountOf(project)
  const header = { schemaVersion: 1, path: project, ...(mount !== undefined && { mount }), trees: distinct.length }
  return `${Buffer.from(JSON.stringify(header)).toString('latin1')}\n${distinct.map((tree) => `${tree}\n`).join('')}`
}

function readNote(file: string): ProjectNote | undefined {
  const usedAt = statsIfThere(file)?.mtime
  if (!usedAt) return undefined
  const unknown = { file, path: undefined, mount: undefined, trees: undefined, usedAt }
  try {
    const text = readTextIfThere(file)
    if (text === undefined) return undefined
    // Earlier versions wrote only the path.
    if (path.isAbsolute(text)) return { ...unknown, path: text.replace(/\n$/, '') }
    const [first = '', ...lines] = text.split('\n')
    const { path: project, mount, trees } = Header.parse(JSON.parse(first))
    const read = lines.slice(0, trees).map((line) => Tree.parse(line))
    return read.length === trees ? { file, path: project, mount, trees: new Set(read), usedAt } : unknown
  } catch (error) {
    if (error instanceof CpmError || error instanceof SyntaxError || error instanceof z.ZodError) return unknown
    throw error
  }
}
