import fs from 'node:fs'
import path from 'node:path'
import type { Home } from '../core/home.ts'
import { CpmError } from '../core/errors.ts'

/**
 * The places of cpm's home, known again by what they are on disk rather than by their paths: links, mounts and other spellings lead to the same
 * folder. Keys, tokens and all that is installed lie there, and none of it belongs into a package.
 */
export class HomePlaces {
  readonly #places: ReadonlySet<string>

  /**
   * @param root the package's folder
   * @throws CpmError PACK_REFUSED for a folder among the private ones of the home
   */
  constructor(home: Home, root: string) {
    const own = identityOf(root)
    const ids = Object.values(home)
      .map(identityOf)
      .filter((id) => id !== undefined)
    // The package's own folder may be the home: then its places are left out one by one.
    this.#places = new Set(ids.filter((id) => id !== own))
    refusePrivateRoot(home, root)
  }

  /** Whether a file or folder of the package is one of the places, or a link to one. */
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
      throw new CpmError('PACK_REFUSED', `${root} lies in ${folder}, where cpm keeps what is private`, {
        hint: 'move the package to a folder outside of CPM_HOME',
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

/** The device and number of what a path leads to; undefined where nothing is there or it can't be looked at. */
function identityOf(file: string): string | undefined {
  try {
    const { dev, ino } = fs.statSync(file, { bigint: true })
    return `${dev}:${ino}`
  } catch {
    return undefined
  }
}
