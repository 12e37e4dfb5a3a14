import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { digestHex, type Tree } from '../schema/digest.ts'
import { isThere, namesIn, statsIfThere, writeFileAtomic, makeFolders } from '../core/atomic-file.ts'
import { fileError, ifPossible, systemCode } from '../core/errors.ts'
import { breakDeadLocks } from '../core/lock-file.ts'
import { nameAfterProcess } from '../core/process-identity.ts'
import { removeStaging, StagingArea } from '../core/staging.ts'
import type { Fingerprint } from '../package/fingerprint.ts'
import { ProjectNotes } from './keep/project-notes.ts'
import { EntryRecords } from './prove/entry-records.ts'
import { entryFolder, type SiteEntry, SiteStores } from './site-stores.ts'

/**
 * The store: one folder per tree, named by its digest and shared by all projects of a user. An entry is complete or
 * absent: it is unpacked in a staging folder and moved into place by one rename, so adding needs no process lock.
 *
 * Below it are the site stores, if there are any: what they have is found here too, but all changes are made here.
 */
export class Store {
  readonly root: string
  /** the folders of the site stores below it */
  readonly sites: readonly string[]
  /** the projects that use this store, for `cpm gc` */
  readonly notes: ProjectNotes
  /** where entries are unpacked, and where removed ones go first */
  readonly staging: string
  /** the process locks of entries that are being repaired */
  readonly repairs: string
  readonly #records: EntryRecords
  readonly #staging: StagingArea
  readonly #aside: string[] = []
  readonly #sites: SiteStores

  /** @param sites the folders of site stores, the preferred one first */
  constructor(root: string, sites: readonly string[] = []) {
    this.root = root
    this.sites = sites
    this.#sites = new SiteStores(sites, path.join(root, 'sites'))
    this.staging = path.join(root, 'tmp')
    this.repairs = path.join(root, 'repairs')
    this.#staging = new StagingArea(this.staging)
    this.#records = new EntryRecords(path.join(root, 'boots'))
    this.notes = new ProjectNotes(path.join(root, 'projects'), () => this.temporary())
  }

  /** Returns the folder of a tree, whether it exists or not: here, or in a site store if only that has it. */
  path(tree: Tree): string {
    return this.siteEntry(tree)?.path ?? this.#ownPath(tree)
  }

  /** Returns every folder that a tree may have, here and in site stores. */
  pathsOf(tree: Tree): string[] {
    return [this.#ownPath(tree), ...this.#sites.pathsOf(tree)]
  }

  #ownPath(tree: Tree): string {
    return entryFolder(this.root, tree)
  }

  #hasOwn(tree: Tree): boolean {
    return statsIfThere(this.#ownPath(tree))?.isDirectory() ?? false
  }

  /** Returns the entry of a tree in a site store, unless it is here too. */
  siteEntry(tree: Tree): SiteEntry | undefined {
    return this.#sites.isEmpty || this.#hasOwn(tree) ? undefined : this.#sites.find(tree)
  }

  /** Ignores a damaged entry of a site store from now on. */
  refuse(entry: SiteEntry, tree: Tree): void {
    this.#sites.refuse(entry, tree)
  }

  /** Returns the path of the file table next to a tree. It is only a hint, trusted if its own digest is the tree. */
  tableFile(tree: Tree): string {
    return tableOf(this.path(tree))
  }

  /** Returns the path of an entry's process lock, without the suffix. */
  lockOf(tree: Tree): string {
    return path.join(this.repairs, digestHex(tree))
  }

  has(tree: Tree): boolean {
    return this.#hasOwn(tree) || this.siteEntry(tree) !== undefined
  }

  /**
   * Whether an entry must be proven before use, because it was written before the last reboot, or is in a site store
   * and was not proven since then.
   */
  isUnproven(tree: Tree): boolean {
    return this.isFirstUse(tree) || (this.#records.isSuspect(tree) && this.siteEntry(tree) === undefined)
  }

  /** Whether an entry is in a site store, and this user has not proven it since the last reboot. */
  isFirstUse(tree: Tree): boolean {
    const entry = this.siteEntry(tree)
    return entry !== undefined && entry.records.fingerprintOf(tree) === undefined
  }

  /** Records that an entry was proven, and the fingerprint that its files had before and after that. */
  markProven(tree: Tree, fingerprint?: Fingerprint): void {
    const site = this.siteEntry(tree)?.records
    ifPossible(() => {
      const isNews = fingerprint !== undefined && this.fingerprintOf(tree) !== fingerprint
      if (isNews || (!site && this.isUnproven(tree))) (site ?? this.#records).note(tree, fingerprint)
    })
  }

  /** Returns the fingerprint of an entry's files when they were last proven, if that was after the last reboot. */
  fingerprintOf(tree: Tree): Fingerprint | undefined {
    return (this.siteEntry(tree)?.records ?? this.#records).fingerprintOf(tree)
  }

  /** Returns a folder name to unpack into. The folder is invisible to others until `commit`. */
  temporary(): string {
    return this.#staging.temporary()
  }

  /** Moves an unpacked and proven folder into place. If another process was faster, its entry stays. */
  commit(temporary: string, tree: Tree, { table, fingerprint }: { table: string; fingerprint: Fingerprint }): void {
    const target = this.#ownPath(tree)
    try {
      makeFolders(path.dirname(target))
      writeFileAtomic(tableOf(target), table, { durable: false, temporary: this.temporary() })
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
    const target = this.#ownPath(tree)
    const aside = path.join(this.staging, nameAfterProcess(randomBytes(4).toString('hex')))
    try {
      makeFolders(this.staging)
      if (isThere(target)) {
        fs.renameSync(target, aside)
        // For another container, a folder that is as old as the entry would be one that was abandoned.
        ifPossible(() => {
          touch(aside)
        })
      }
      this.#aside.push(aside)
      return aside
    } catch (error) {
      throw fileError(error, 'write', target)
    }
  }

  /**
   * Records all the trees that a project uses now. Those that it no longer uses were used until now. If that fails, they
   * stay reserved for longer.
   */
  noteProject(project: string, trees: readonly Tree[]): void {
    const now = new Date()
    ifPossible(() => {
      for (const tree of this.notes.set(project, trees)) this.noteUse(tree, now)
    })
  }

  /** Forgets a project that is about to be removed. */
  forgetProject(project: string): void {
    this.noteProject(project, [])
    this.notes.remove(project)
  }

  /** Records when an entry was used, for `cpm gc --older-than`. The table shows it, because an entry never changes. */
  noteUse(tree: Tree, at: Date): void {
    try {
      const table = tableOf(this.#ownPath(tree))
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
    const sites = path.join(this.root, 'sites')
    // What was known about a site store before the last reboot counts for nothing.
    for (const site of namesIn(sites)) new EntryRecords(path.join(sites, site)).forgetMissing(() => false)
  }

  /** Returns when an entry was last written or used, as far as that was recorded. */
  lastUse(tree: Tree): Date {
    const own = this.#ownPath(tree)
    const times = [own, tableOf(own)].map((file) => statsIfThere(file)?.mtimeMs ?? 0)
    return new Date(Math.max(...times))
  }

  /** Removes the uncommitted folders of this process, and folders and process locks of killed ones. */
  sweep(): void {
    for (const folder of this.#aside.splice(0)) removeStaging(folder)
    this.#staging.sweep()
    breakDeadLocks(this.repairs)
  }
}

function touch(file: string): void {
  const now = new Date()
  fs.utimesSync(file, now, now)
}

function tableOf(folder: string): string {
  return `${folder}.table`
}
