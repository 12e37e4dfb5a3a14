/** Beyond these limits, a version has no key, and `semver` compares it. A key has 53 bits. */
const MOST_MAJOR_OR_MINOR = 2 ** 17
const MOST_PATCH = 2 ** 19

/** Combines the numbers of a release into one sortable number; undefined if they are too large. */
export function versionKey(major: number, minor: number, patch: number): number | undefined {
  if (major >= MOST_MAJOR_OR_MINOR || minor >= MOST_MAJOR_OR_MINOR || patch >= MOST_PATCH) return undefined
  return (major * MOST_MAJOR_OR_MINOR + minor) * MOST_PATCH + patch
}

/** Where a version stands among the versions of its package. */
export interface VersionKey {
  /** the key of the release, also for its pre-releases: those come right before it */
  readonly key: number
  readonly isPreRelease: boolean
}

/** Reads the keys of versions, each once: different packages have many versions in common. */
export class VersionKeys {
  private readonly read = new Map<string, VersionKey | null>()

  /**
   * Returns the key of a version; null if it is written in another way than most, such as with build metadata, or its
   * numbers are too large.
   */
  of(version: string): VersionKey | null {
    let key = this.read.get(version)
    if (key === undefined) {
      key = keyOf(version)
      this.read.set(version, key)
    }
    return key
  }
}

const NUMBERS = /^(\d+)\.(\d+)\.(\d+)(-[^+]+)?$/

function keyOf(text: string): VersionKey | null {
  const [, major, minor, patch, preRelease] = NUMBERS.exec(text) ?? []
  if (major === undefined) return null
  const key = versionKey(Number(major), Number(minor), Number(patch))
  return key === undefined ? null : { key, isPreRelease: preRelease !== undefined }
}
