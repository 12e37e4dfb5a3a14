import fs from 'node:fs'
import path from 'node:path'
import type { Home } from '../core/home.ts'
import { CpmError } from '../core/errors.ts'

/**
 * The folders and files of cpm's home, which hold keys, tokens and installed packages and don't belong in a package.
 * They are compared by device and inode, because links, mounts and other spellings can lead to them.
 */
export class HomePlaces {
  readonly #places: ReadonlySet<string>

  /**
   * @param root the package's folder
   * @throws CpmError PACK_REFUSED if it is in a private folder of the home
   */
  constructor(home: Home, root: string) {
    const own = identityOf(root)
    const ids = Object.values(home)
      .map(identityOf)
      .filter((id) => id !== undefined)
    // The package's folder may itself be the home. Then only the places in it are left out.
    this.#places = new Set(ids.filter((id) => id !== own))
    refusePrivateRoot(home, root)
  }

  /** Returns whether a file or folder is one of the places, or a link to one. */
  has(file: string): boolean {
    if (this.#places.size === 0) return false
    const id = identityOf(file)
    return id !== undefined && this.#places.has(id)
  }
}

function refusePrivateRoot({ keys, secrets, colonyKeys, runs }: Home, root: string): void {
  const ids = new Set([keys, secrets, colonyKeys, runs].map(identityOf).filter((id) => id !== undefined))
  let folder = realPath(root)
  for (;;) {
    const id = identityOf(folder)
    if (id !== undefined && ids.has(id))
      throw new CpmError('PACK_REFUSED', `${root} is in ${folder}, a private folder of cpm`, {
        hint: 'move the package out of CPM_HOME',
      })
    const above = path.dirname(folder)
    if (above === folder) return
    folder = above
  }
}

function realPath(folder: string): string {
  try {
    return fs.realpathSync(folder)
  } catch {
    return path.resolve(folder)
  }
}

/** Returns the device and inode that a path leads to, or undefined if they can't be read. */
function identityOf(file: string): string | undefined {
  try {
    const { dev, ino } = fs.statSync(file, { bigint: true })
    return `${dev}:${ino}`
  } catch {
    return undefined
  }
}
