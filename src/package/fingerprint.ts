import fs from 'node:fs'
import type { Blake3 } from '../schema/digest.ts'
import { createBlake3 } from '../core/blake3.ts'

/**
 * A digest of what the file system says about everything below a folder: names, types, modes, devices, inodes, sizes
 * and times, without reading contents. As long as it stays the same, no file was written, replaced, added or removed:
 * each of these changes a name, an inode or a ctime, which no program can set. Only somebody who can change the clock
 * of the machine, or write to its disk directly, can avoid that.
 */
export type Fingerprint = Blake3 & { readonly __kind: 'fingerprint' }

export interface Fingerprinted {
  readonly fingerprint: Fingerprint
  /** the latest ctime of a file, in milliseconds since 1970 */
  readonly changed: number
}

/**
 * Takes the fingerprint of everything below a folder. Not of the folder itself, so that the fingerprint stays the same
 * when it is moved into its place.
 * @throws an error of the file system if something can't be read or is neither a file nor a folder
 */
export function fingerprintOf(root: string): Fingerprinted {
  const names: string[] = []
  const numbers: number[] = []
  let changed = 0
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    // The order in which a file system lists a folder may differ from one time to the next.
    for (const name of fs.readdirSync(root + folder).sort()) {
      const relative = `${folder}/${name}`
      const stats = fs.lstatSync(root + relative)
      names.push(relative)
      if (stats.isFile()) {
        numbers.push(stats.dev, stats.ino, stats.mode, stats.size, stats.mtimeMs, stats.ctimeMs)
        changed = Math.max(changed, stats.ctimeMs)
      } else if (stats.isDirectory()) {
        // Its times say nothing more than the names in it.
        numbers.push(stats.dev, stats.ino, stats.mode, 0, 0, 0)
        folders.push(relative)
      } else throw new Error(`${root}${relative} is neither a file nor a folder`)
    }
  }
  const hash = createBlake3()
  hash.update(Buffer.from(names.join('\0')))
  hash.update(new Uint8Array(Float64Array.from(numbers).buffer))
  return { fingerprint: hash.digest() as Fingerprint, changed }
}

/** Does the same; null if something can't be read or is neither a file nor a folder. */
export function fingerprintIfReadable(root: string): Fingerprint | null {
  try {
    return fingerprintOf(root).fingerprint
  } catch {
    return null
  }
}

/** Times of files advance in steps of up to this many milliseconds, so that two changes may have the same one. */
const STEP = 50

/**
 * Whether a change of these files after `time` would change their fingerprint: not if one of them was written just
 * before it.
 */
export function isSettled({ changed }: Fingerprinted, time: number): boolean {
  return changed < time - STEP
}
