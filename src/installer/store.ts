import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { digestHex, type Tree } from '../schema/digest.ts'
import { isThere, statsIfThere, writeFileAtomic, makeFolders } from '../core/atomic-file.ts'
import { fileError, ifWritable, systemCode } from '../core/errors.ts'
import { nameAfterProcess } from '../core/process-identity.ts'
import { removeStaging, StagingArea } from '../core/staging.ts'
import type { Fingerprint } from '../package/fingerprint.ts'
import { ProjectNotes } from './keep/project-notes.ts'
import { EntryRecords } from './prove/entry-records.ts'

/**
 * The store: one folder per tree, named by its digest and shared by all projects of a user. An entry is complete or
 * absent: it is unpacked in a staging folder and moved into place by one rename, so adding needs no process lock.
 */
export class Store {
  readonly root: string
  /** the projects that use this store, for `cpm gc` */
  readonly notes: ProjectNotes
  /** where entries are unpacked, and where removed ones go first */
  readonly staging: string
  readonly #records: EntryRecords
  readonly #staging: StagingArea
  readonly #aside: string[] = []

  constructor(root: string) {
    this.root = root
    this.staging = path.join(root, 'tmp')
    this.#staging = new StagingArea(this.staging)
    this.#records = new EntryRecords(path.join(root, 'boots'))
    this.notes = new ProjectNotes(path.join(root, 'projects'), () => this.temporary())
  }

  /** Returns the folder of a tree, whether it exists or not. */
  path(tree: Tree): string {
    const hex = digestHex(tree)
    return path.join(this.root, hex.slice(0, 2), hex)
  }

  /** Returns the path of the file table next to a tree. It is only a hint, trusted if its own digest is the tree. */
  tableFile(tree: Tree): string {
    return `${this.path(tree)}.table`
  }

  has(tree: Tree): boolean {
    return statsIfThere(this.path(tree))?.isDirectory() ?? false
  }

  /** Whether an entry was written before the last reboot, so that it must be proven again before use. */
  isUnproven(tree: Tree): boolean {
    return this.#records.isSuspect(tree)
  }

  /** Records that an entry was proven, and the fingerprint that its files had before and after that. */
  markProven(tree: Tree, fingerprint?: Fingerprint): void {
    ifWritable(() => {
      const isNews = fingerprint !== undefined && this.fingerprintOf(tree) !== fingerprint
      if (isNews || this.isUnproven(tree)) this.#records.note(tree, fingerprint)
    })
  }

  /** Returns the fingerprint of an entry's files when they were last proven, if that was after the last reboot. */
  fingerprintOf(tree: Tree): Fingerprint | undefined {
    return this.#records.fingerprintOf(tree)
  }

  /** Returns a folder name to unpack into. The folder is invisible to others until `commit`. */
  temporary(): string {
    return this.#staging.temporary()
  }

  /** Moves an unpacked and proven folder into place. If another process was faster, its entry stays. */
  commit(temporary: string, tree: Tree, { table, fingerprint }: { table: string; fingerprint: Fingerprint }): void {
    const target = this.path(tree)
    try {
      makeFolders(path.dirname(target))
      writeFileAtomic(this.tableFile(tree), table, { durable: false, temporary: this.temporary() })
      // Recorded before the entry exists: after a crash in between, the record of a missing entry does no harm.
      this.#records.note(tree, fingerprint)
      fs.renameSync(temporary, target)
    } catch (error) {
      const code = systemCode(error)
      if (code === 'ENOTEMPTY' || code === 'EEXIST') return
      throw fileError(error, 'write', target)
    }
  }

  /**
   * Moves an entry away: a damaged one, whose process lock the caller holds, or one that nothing uses. Readers find no
   * entry until `commit`. On a full disk this works too, because the entry becomes a staging folder itself.
   * @returns where it is until `sweep`
   */
  setAside(tree: Tree): string {
    const target = this.path(tree)
    const aside = path.join(this.staging, nameAfterProcess(randomBytes(4).toString('hex')))
    try {
      makeFolders(this.staging)
      if (isThere(target)) fs.renameSync(target, aside)
      this.#aside.push(aside)
      return aside
    } catch (error) {
      throw fileError(error, 'write', target)
    }
  }

  /** Records all the trees that a project uses now. Those that it no longer uses were used until now. */
  noteProject(project: string, trees: readonly Tree[]): void {
    const now = new Date()
    for (const tree of this.notes.set(project, trees)) this.noteUse(tree, now)
  }

  /** Forgets a project that is about to be removed. */
  forgetProject(project: string): void {
    this.noteProject(project, [])
    this.notes.remove(project)
  }

  /** Records when an entry was used, for `cpm gc --older-than`. The table shows it, because an entry never changes. */
  noteUse(tree: Tree, at: Date): void {
    try {
      const table = this.tableFile(tree)
      const before = fs.statSync(table, { throwIfNoEntry: false })?.mtime
      if (before && before < at) fs.utimesSync(table, at, at)
    } catch {
      // In a read-only store, the entry only looks unused for longer than it is.
    }
  }

  /** Removes records of earlier boots that have no use any more, after entries were removed. */
  forgetRecords(existing: ReadonlySet<Tree>): void {
    const names: ReadonlySet<string> = existing
    this.#records.forgetMissing((tree) => names.has(tree))
  }

  /** Returns when an entry was last written or used, as far as that was recorded. */
  lastUse(tree: Tree): Date {
    const times = [this.path(tree), this.tableFile(tree)].map((file) => statsIfThere(file)?.mtimeMs ?? 0)
    return new Date(Math.max(...times))
  }

  /** Removes the uncommitted folders of this process and of killed ones. */
  sweep(): void {
    for (const folder of this.#aside.splice(0)) removeStaging(folder)
    this.#staging.sweep()
  }
}
