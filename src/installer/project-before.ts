import fs from 'node:fs'
import path from 'node:path'
import type { PackageName } from '../schema/name.ts'
import { isThere, readIfThere, writeFileDurable } from '../core/atomic-file.ts'
import type { Project } from './project.ts'
import { asideName, fileOf, placeIn, type ProjectFile, putLink, slotOf } from './slots.ts'

/** A step, and the name in the staging folder of what it moves into place. */
type Changed = ({ readonly name: PackageName } | { readonly file: ProjectFile }) & {
  readonly member?: string | undefined
  readonly staged?: string
}

interface FileBefore {
  readonly place: Project
  readonly file: ProjectFile
  readonly contents: Buffer | undefined
  readonly staged?: string
}

interface SlotBefore {
  readonly place: Project
  readonly name: PackageName
  /** the target of its link; null for a folder, which is moved aside; undefined if there was no entry */
  readonly before: string | null | undefined
  readonly staged?: string
}

/**
 * The previous contents of everything a change replaces, so that all of it can be restored if a step fails. What was
 * moved into place goes back to where it was staged: if restoring fails too, the change can still be finished later.
 */
export class ProjectBefore {
  readonly #staging: string
  readonly #files: readonly FileBefore[]
  readonly #slots: readonly SlotBefore[]

  constructor(project: Project, staging: string, steps: readonly Changed[]) {
    this.#staging = staging
    const placed = steps.map((step) => ({ ...step, place: placeIn(project, step.member) }))
    this.#files = placed.flatMap((step) =>
      'file' in step ? [{ ...step, contents: readIfThere(fileOf(step.place, step.file)) }] : [],
    )
    this.#slots = placed.flatMap((step) =>
      'name' in step ? [{ ...step, before: whatIsIn(path.join(step.place.packages, step.name)) }] : [],
    )
  }

  /** Restores everything. Returns true, or throws if that fails too. */
  restore(): true {
    for (const [number, file] of this.#files.entries()) this.#restoreFile(file, number)
    for (const slot of this.#slots) this.#restoreSlot(slot)
    return true
  }

  #restoreFile({ place, file, contents, staged }: FileBefore, number: number): void {
    const target = fileOf(place, file)
    const now = readIfThere(target)
    if (now === contents || (contents !== undefined && now?.equals(contents) === true)) return
    const temporary = path.join(this.#staging, `old-file-${number}`)
    if (contents !== undefined) {
      fs.rmSync(temporary, { force: true })
      writeFileDurable(temporary, contents)
    }
    this.#moveBack(target, staged)
    if (contents !== undefined) fs.renameSync(temporary, target)
  }

  #restoreSlot({ place, name, before, staged }: SlotBefore): void {
    const at = path.join(place.packages, name)
    const aside = asideName(place, name)
    if (whatIsIn(at) === before && (before !== null || !isThere(path.join(this.#staging, aside)))) return
    const slot = slotOf(place, name)
    this.#moveBack(slot, staged)
    if (typeof before === 'string') putLink(this.#staging, aside, { slot, target: before })
    else {
      fs.rmSync(slot, { recursive: true, force: true })
      if (before === null) fs.renameSync(path.join(this.#staging, aside), slot)
    }
  }

  #moveBack(from: string, name: string | undefined): void {
    const staged = name === undefined ? undefined : path.join(this.#staging, name)
    if (staged !== undefined && isThere(from) && !isThere(staged)) fs.renameSync(from, staged)
  }
}

function whatIsIn(slot: string): string | null | undefined {
  const stats = fs.lstatSync(slot, { throwIfNoEntry: false })
  if (!stats) return undefined
  return stats.isSymbolicLink() ? fs.readlinkSync(slot) : null
}
