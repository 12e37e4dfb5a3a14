import fs from 'node:fs'
import path from 'node:path'
import { digestHex, type Tree } from '../schema/digest.ts'
import { blake3 } from '../core/blake3.ts'
import { EntryRecords } from './prove/entry-records.ts'

/** Returns the folder of a tree in a store, whether it exists or not. */
export function entryFolder(root: string, tree: Tree): string {
  const hex = digestHex(tree)
  return path.join(root, hex.slice(0, 2), hex)
}

/** An entry of a site store. */
export interface SiteEntry {
  /** the folder of the site store */
  readonly site: string
  readonly path: string
  /** what is known about the entries of that store, in the user's own one */
  readonly records: EntryRecords
}

/**
 * Stores that somebody else keeps for many users, for example on a cluster. cpm only reads them, and doesn't believe
 * them: an entry is proven at its first use like a new package, and its fingerprint is recorded in the user's own store.
 */
export class SiteStores {
  readonly #sites: readonly { readonly root: string; readonly records: EntryRecords; readonly refused: Set<Tree> }[]

  /**
   * @param roots the folders of the stores, the preferred one first
   * @param records the folder for what is found out about their entries
   */
  constructor(roots: readonly string[], records: string) {
    this.#sites = roots.map((root) => ({
      root,
      records: new EntryRecords(path.join(records, digestHex(blake3(root)).slice(0, 16))),
      refused: new Set(),
    }))
  }

  get isEmpty(): boolean {
    return this.#sites.length === 0
  }

  /** Returns the entry of a tree in the first store that has it, unless it was refused. */
  find(tree: Tree): SiteEntry | undefined {
    for (const { root, records, refused } of this.#sites) {
      const folder = entryFolder(root, tree)
      if (!refused.has(tree) && isFolder(folder)) return { site: root, path: folder, records }
    }
    return undefined
  }

  /** Ignores a damaged entry from now on. */
  refuse({ site }: SiteEntry, tree: Tree): void {
    this.#sites.find(({ root }) => root === site)?.refused.add(tree)
  }

  /** Returns the folders that a tree has or would have in these stores. */
  pathsOf(tree: Tree): string[] {
    return this.#sites.map(({ root }) => entryFolder(root, tree))
  }
}

/** A store that can't be read has no entries. */
function isFolder(folder: string): boolean {
  try {
    return fs.lstatSync(folder).isDirectory()
  } catch {
    return false
  }
}
