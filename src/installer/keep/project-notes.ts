import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { digestHex, Tree } from '../../schema/digest.ts'
import { namesIn, readTextIfThere, statsIfThere, writeFileAtomic } from '../../core/atomic-file.ts'
import { blake3 } from '../../core/blake3.ts'
import { CpmError, fileError, ifWritable, systemCode } from '../../core/errors.ts'
import { mountOf } from './mounts.ts'

/**
 * A project that uses the store, with the trees that it used when it was last here. They count as used while the
 * project can't be read, for example because its disk is not mounted.
 */
const Note = z.object({
  schemaVersion: z.literal(1),
  path: z.string().min(1),
  /** the mount point of its file system; absent if that is unknown */
  mount: z.string().optional(),
  trees: z.array(Tree),
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
  add(project: string, trees: Iterable<Tree>): void {
    const before = this.#read(project)?.trees
    const all = new Set([...(before ?? []), ...trees])
    if (!before || all.size > before.size) this.#write(project, all)
    else this.#touch(project)
  }

  /** Records all the trees that a project uses. Returns those that it used before and no longer does. */
  set(project: string, trees: Iterable<Tree>): Tree[] {
    const now = new Set(trees)
    const before = this.#read(project)?.trees
    const dropped = [...(before ?? [])].filter((tree) => !now.has(tree))
    if (!before || dropped.length > 0 || now.size > before.size) this.#write(project, now)
    else this.#touch(project)
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

  #read(project: string): ProjectNote | undefined {
    return readNote(this.#file(project))
  }

  #write(project: string, trees: ReadonlySet<Tree>): void {
    const file = this.#file(project)
    const mount = mountOf(project)
    const note = { schemaVersion: 1, path: project, ...(mount !== undefined && { mount }), trees: [...trees].sort() }
    ifWritable(() => {
      // Without its note a project is unknown. An older note only lacks trees that the project itself names.
      const durable = statsIfThere(file) === undefined
      writeFileAtomic(file, `${JSON.stringify(note)}\n`, { durable, temporary: this.#temporary() })
    })
  }

  #touch(project: string): void {
    const now = new Date()
    try {
      fs.utimesSync(this.#file(project), now, now)
    } catch {
      // In a read-only store, the project only looks unused for longer than it is.
    }
  }

  #file(project: string): string {
    return path.join(this.#folder, digestHex(blake3(project)))
  }
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
    const note = Note.parse(JSON.parse(text))
    return { file, path: note.path, mount: note.mount, trees: new Set(note.trees), usedAt }
  } catch (error) {
    if (error instanceof CpmError || error instanceof SyntaxError || error instanceof z.ZodError) return unknown
    if (systemCode(error) !== undefined) return unknown
    throw error
  }
}
