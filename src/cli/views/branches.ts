/** Deepest indentation; a chain of thousands is a valid tree. */
const DEEPEST = 24

/**
 * Draws the branches in front of the rows of a tree: `│  ├─ `.
 * @param depths of the rows, depth first
 */
export function branches(depths: readonly number[]): string[] {
  // Whether a row is the last of its parent's is known from the rows after it.
  const goesOn: boolean[] = []
  const drawn: string[] = []
  for (let row = depths.length - 1; row >= 0; row--) {
    const depth = Math.min(depths[row] ?? 0, DEEPEST)
    const before = Array.from({ length: depth }, (_, level) => (goesOn[level] === true ? '│  ' : '   '))
    drawn.push(`${before.join('')}${goesOn[depth] === true ? '├─ ' : '└─ '}`)
    goesOn.length = depth
    goesOn[depth] = true
  }
  return drawn.reverse()
}
