const MOST_MAJOR_OR_MINOR = 2 ** 17
const MOST_PATCH = 2 ** 19

/** Combines the numbers of a version into one sortable number; undefined if they are too large. */
export function versionKey(major: number, minor: number, patch: number): number | undefined {
  if (major >= MOST_MAJOR_OR_MINOR || minor >= MOST_MAJOR_OR_MINOR || patch >= MOST_PATCH) return undefined
  return (major * MOST_MAJOR_OR_MINOR + minor) * MOST_PATCH + patch
}

const DOT = 0x2e
const ZERO = 0x30

/** Returns the key of a release written `1.2.3`, or undefined for anything else, such as a pre-release. */
export function releaseKey(text: string): number | undefined {
  let key = 0
  let number = 0
  let dots = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === DOT) {
      if (number >= MOST_MAJOR_OR_MINOR) return undefined
      key = (key + number) * (dots === 0 ? MOST_MAJOR_OR_MINOR : MOST_PATCH)
      number = 0
      dots++
    } else if (code >= ZERO && code <= ZERO + 9) {
      number = number * 10 + code - ZERO
    } else {
      return undefined
    }
  }
  return dots === 2 && number < MOST_PATCH ? key + number : undefined
}
