/** Beyond these limits, a version has no key, and `semver` compares it. All keys together take 53 bits. */
const MOST_MAJOR_OR_MINOR = 2 ** 17
const MOST_PATCH = 2 ** 18

/** Combines the numbers of a release into one sortable odd number; undefined if they are too large. */
export function versionKey(major: number, minor: number, patch: number): number | undefined {
  if (major >= MOST_MAJOR_OR_MINOR || minor >= MOST_MAJOR_OR_MINOR || patch >= MOST_PATCH) return undefined
  return ((major * MOST_MAJOR_OR_MINOR + minor) * MOST_PATCH + patch) * 2 + 1
}

const DASH = 0x2d
const DOT = 0x2e
const ZERO = 0x30

/**
 * Returns the key of a version: that of a release, and the even number below it for all its pre-releases. Undefined if
 * it is written in another way, such as with build metadata, or its numbers are too large.
 */
export function keyOf(text: string): number | undefined {
  let major = 0
  let minor = 0
  let number = 0
  let dots = 0
  let before = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code >= ZERO && code <= ZERO + 9) {
      number = number * 10 + code - ZERO
    } else if (code === DOT && dots < 2) {
      if (dots === 0) major = number
      else minor = number
      number = 0
      dots++
    } else if (code === DASH && !text.includes('+')) {
      before = 1
      break
    } else {
      return undefined
    }
  }
  const key = dots === 2 ? versionKey(major, minor, number) : undefined
  return key === undefined ? undefined : key - before
}

/** Returns whether a key is that of a pre-release. */
export function isPreReleaseKey(key: number): boolean {
  return key % 2 === 0
}
