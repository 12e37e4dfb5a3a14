const CONTEXT = 2
/** Above this, the table of all pairs of lines gets too large, and the difference is too long to read. */
const MOST_LINES = 2000

/** Returns the lines that differ between two texts, with some context: `-` was expected, `+` is the actual line. */
export function diffLines(expected: string, actual: string): string[] {
  const before = expected.split('\n')
  const after = actual.split('\n')
  if (before.length > MOST_LINES || after.length > MOST_LINES)
    return [`  ${before.length} lines became ${after.length}`]
  const marked = mark(before, after)
  const shown = marked.map((_, i) =>
    marked.slice(Math.max(0, i - CONTEXT), i + CONTEXT + 1).some((line) => !line.startsWith(' ')),
  )
  return marked.flatMap((line, i) => {
    if (shown[i]) return [line]
    return i > 0 && shown[i - 1] ? ['  …'] : []
  })
}

function mark(before: readonly string[], after: readonly string[]): string[] {
  const width = after.length + 1
  const lengths = new Uint16Array((before.length + 1) * width)
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      lengths[i * width + j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const lines: string[] = []
  let i = 0
  let j = 0
  while (i < before.length || j < after.length) {
    if (i < before.length && before[i] === after[j]) {
      lines.push(`  ${before[i] ?? ''}`)
      i++
      j++
    } else if (j >= after.length || (i < before.length && at(i + 1, j) >= at(i, j + 1)))
      lines.push(`- ${before[i++] ?? ''}`)
    else lines.push(`+ ${after[j++] ?? ''}`)
  }
  return lines
}
