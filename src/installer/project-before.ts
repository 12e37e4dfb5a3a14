import fs from 'node:fs'
import path from 'node:path'
import type { PackageName } from '../schema/name.ts'
import { isThere, readIfThere, writeFileDurable } from '../core/atomic-file.ts'
import type { Project } from './project.ts'
import { asideOf, fileOf, type ProjectFile, putLink, slotOf } from './slots.ts'

type Changed = { readonly name: PackageName } | { readonly file: ProjectFile }

/** The previous contents of everything a change replaces, so that all of it can be restored if a step fails. */
export class ProjectBefore {
  readonly #project: Project
  readonly #staging: string
  readonly #files = new Map<ProjectFile, Buffer | undefined>()
  /** the target of each package's link; null for a folder, which is moved aside; undefined if there was no entry */
  readonly #slots = new Map<PackageName, string | null | undefined>()

  constructor(project: Project, staging: string, steps: readonly Changed[]) {
    this.#project = project
    this.#staging = staging
    for (const step of steps) {
      if ('file' in step) this.#files.set(step.file, readIfThere(fileOf(project, step.file)))
      else this.#slots.set(step.name, whatIsIn(path.join(project.packages, step.name)))
    }
  }

  /** Restores everything. Returns true, or throws if that fails too. */
  restore(): true {
    for (const [file, contents] of this.#files) this.#restoreFile(file, contents)
    for (const [name, before] of this.#slots) this.#restoreSlot(name, before)
    return true
  }

  #restoreFile(file: ProjectFile, contents: Buffer | undefined): void {
    const target = fileOf(this.#project, file)
    const now = readIfThere(target)
    if (contents === undefined) {
      if (now !== undefined) fs.rmSync(target)
    } else if (now?.equals(contents) !== true) {
      const temporary = path.join(this.#staging, `old-${file}`)
      writeFileDurable(temporary, contents)
      fs.renameSync(temporary, target)
    }
  }

  #restoreSlot(name: PackageName, before: string | null | undefined): void {
    const at = path.join(this.#project.packages, name)
    if (whatIsIn(at) === before && (before !== null || !isThere(asideOf(this.#staging, name)))) return
    const slot = slotOf(this.#project, name)
    if (typeof before === 'string') putLink(this.#staging, name, { slot, target: before })
    else {
      fs.rmSync(slot, { recursive: true, force: true })
      if (before === null) fs.renameSync(asideOf(this.#staging, name), slot)
    }
  }
}

function whatIsIn(slot: string): string | null | undefined {
  const stats = fs.lstatSync(slot, { throwIfNoEntry: false })
  if (!stats) return undefined
  return stats.isSymbolicLink() ? fs.readlinkSync(slot) : null
}
