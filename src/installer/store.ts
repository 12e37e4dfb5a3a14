import fs from 'node:fs'
import path from 'node:path'
import { digestHex, type Tree } from '../schema/digest.ts'
import { isThere, writeFileAtomic, makeFolders } from '../core/atomic-file.ts'
import { blake3 } from '../core/blake3.ts'
import { fileError, ifWritable, systemCode } from '../core/errors.ts'
import { StagingArea } from '../core/staging.ts'
import { UnprovenEntries } from './prove/unproven-entries.ts'

/**
 * The store: one folder per content, named by its tree, shared by every project of a user. An entry is complete or absent: it is unpacked
 * under a staging folder and given its name by one rename, so adding needs no lock.
 */
export class Store {
  readonly root: string
  readonly #unproven: UnprovenEntries
  readonly #staging: StagingArea

  constructor(root: string) {
    this.root = root
    this.#staging = new StagingArea(path.join(root, 'tmp'))
    this.#unproven = new UnprovenEntries(path.join(root, 'boots'))
  }

  /** The folder of a tree, there or not. */
  path(tree: Tree): string {
    const hex = digestHex(tree)
    return path.join(this.root, hex.slice(0, 2), hex)
  }

  /** The file table kept beside a tree: a hint for naming files, believed only if its own digest is the tree. */
  tableFile(tree: Tree): string {
    return `${this.path(tree)}.table`
  }

  has(tree: Tree): boolean {
    return fs.statSync(this.path(tree), { throwIfNoEntry: false })?.isDirectory() ?? false
  }

  /** Written before the machine last went down: to be proven once more before it is used. */
  isUnproven(tree: Tree): boolean {
    return this.#unproven.has(tree)
  }

  markProven(tree: Tree): void {
    ifWritable(() => {
      if (this.isUnproven(tree)) this.#unproven.note(tree)
    })
  }

  /** A folder name to unpack into. Nobody finds it until `commit`. */
  temporary(): string {
    return this.#staging.temporary()
  }

  /**
   * Gives an unpacked and proven folder its name. When another process was faster, or the entry that is there is the
   * damaged one this is to replace, the old one is moved out of the way first.
   */
  commit(temporary: string, tree: Tree, table: string, { replace = false } = {}): void {
    const target = this.path(tree)
    try {
      makeFolders(path.dirname(target))
      writeFileAtomic(this.tableFile(tree), table, { durable: false, temporary: this.temporary() })
      // Noted before it is there: a crash in between proves an entry that does not exist, which costs nothing.
      this.#unproven.note(tree)
      // Only for a moment is there no entry for those who read it now.
      if (replace && isThere(target)) fs.renameSync(target, this.temporary())
      fs.renameSync(temporary, target)
    } catch (error) {
      const code = systemCode(error)
      if (code === 'ENOTEMPTY' || code === 'EEXIST') return
      throw fileError(error, 'write', target)
    }
  }

  /** Notes that a project uses this store, so that a later clean-up knows its roots. */
  noteProject(project: string): void {
    const file = path.join(this.root, 'projects', digestHex(blake3(project)))
    if (isThere(file)) return
    ifWritable(() => {
      writeFileAtomic(file, `${project}\n`, { durable: false, temporary: this.temporary() })
    })
  }

  /** Removes what this process did not commit, and what processes that were killed left. */
  sweep(): void {
    this.#staging.sweep()
  }
}
