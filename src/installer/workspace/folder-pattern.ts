/**
 * Returns whether a folder's path matches a pattern of `workspace.members`. `*` stands for any characters of one segment,
 * `?` for one character, and `**` for any number of segments. Takes time in proportion to the product of both lengths,
 * because the pattern of a cloned repository must not stop cpm.
 */
export function matchesPattern(pattern: string, path: string): boolean {
  return matchesAll(pattern.split('/'), path.split('/'), '**', matchesSegment)
}

export function matchesSegment(pattern: string, name: string): boolean {
  return matchesAll(Array.from(pattern), Array.from(name), '*', (one, letter) => one === '?' || one === letter)
}

/** Returns whether a pattern stands for itself only. */
export function isLiteral(pattern: string): boolean {
  return !/[*?]/.test(pattern)
}

/**
 * Matches a list with a pattern in which `any` stands for any number of items. Only the last `any` needs to be tried
 * again: what an earlier one matched can stay as short as possible.
 */
function matchesAll(
  pattern: readonly string[],
  items: readonly string[],
  any: string,
  matches: (one: string, item: string) => boolean,
): boolean {
  let at = 0
  let retry: { at: number; item: number } | undefined
  for (let item = 0; item < items.length;) {
    const one = pattern[at]
    if (one === any) retry = { at: ++at, item }
    else if (one !== undefined && matches(one, items[item] ?? '')) {
      at++
      item++
    } else if (retry) {
      at = retry.at
      item = ++retry.item
    } else return false
  }
  return pattern.slice(at).every((one) => one === any)
}
