import fs from 'node:fs'
import path from 'node:path'
import { digestHex, Tree } from '../../schema/digest.ts'
import { isThere, namesIn } from '../../core/atomic-file.ts'
import { CpmError, fileError, systemCode } from '../../core/errors.ts'
import { LockFile } from '../../core/lock-file.ts'
import { checkPackageManifest, readManifestBytes } from '../../package/manifest.ts'
import { MANIFEST_FILE } from '../../package/manifest-file.ts'
import type { Store } from '../store.ts'

const SHARD = /^[0-9a-f]{2}$/
/** An entry, or a file that belongs to it: its table, and whatever later versions put beside it. */
const NAMED = /^([0-9a-f]{64})(\..+)?$/
/** A process lock belongs to the process that holds it. */
const LOCK = /\.lock(?:\.break)?$/

export interface StoreContents {
  readonly entries: readonly Tree[]
  /** the files beside each entry, and those of entries that don't exist */
  readonly files: ReadonlyMap<Tree, readonly string[]>
}

/** Lists the entries of a store, and the files beside them. */
export function contentsOf(store: Store): StoreContents {
  const entries: Tree[] = []
  const files = new Map<Tree, string[]>()
  for (const shard of namesIn(store.root).filter((name) => SHARD.test(name))) {
    for (const name of namesIn(path.join(store.root, shard))) {
      const [, hex, suffix] = NAMED.exec(name) ?? []
      if (!hex?.startsWith(shard)) continue
      const tree = Tree.parse(`blake3:${hex}`)
      if (suffix === undefined) entries.push(tree)
      else if (!LOCK.test(name)) files.set(tree, [...(files.get(tree) ?? []), path.join(store.root, shard, name)])
    }
  }
  return { entries, files }
}

/** Returns `name@version` of an entry in a folder, or a part of its digest if its manifest can't be read. */
export function labelOf(folder: string, tree: Tree): string {
  try {
    const text = readManifestBytes(folder)
    const { manifest } = checkPackageManifest(MANIFEST_FILE, text, { unknownKeys: 'tolerate' })
    if (manifest) return `${manifest.name}@${manifest.version}`
  } catch (error) {
    if (!(error instanceof CpmError) && systemCode(error) === undefined) throw error
  }
  return digestHex(tree).slice(0, 16)
}

/** Returns the size of a file, or of all files in a folder. What disappears meanwhile has none. */
export function sizeOf(file: string): number {
  try {
    const stats = fs.lstatSync(file, { throwIfNoEntry: false })
    if (stats?.isDirectory() !== true) return stats?.size ?? 0
    return fs.readdirSync(file).reduce((sum, name) => sum + sizeOf(path.join(file, name)), 0)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 0
    throw fileError(error, 'read', file)
  }
}

/** Whether a command is replacing an entry. @param mayBreak whether to remove the process lock of one that was killed */
export function isBeingRepaired(store: Store, tree: Tree, { mayBreak }: { mayBreak: boolean }): boolean {
  const lock = new LockFile(store.lockOf(tree), { onLost: () => undefined })
  return isThere(lock.path) && !(mayBreak && lock.breakDead())
}
