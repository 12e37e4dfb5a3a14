import { structuredPatch } from 'diff'

/** What is too large to be compared, in bytes and in lines that differ: a comparison takes time in their product. */
export const MOST_TEXT_BYTES = 256 * 1024
const MOST_EDITS = 1500

/**
 * Compares two texts line by line.
 * @returns hunks in the unified format, without a header; undefined if the texts are too large or too different
 */
export function textChanges(before: string, after: string): string[] | undefined {
  if (Math.max(before.length, after.length) > MOST_TEXT_BYTES) return undefined
  const patch = structuredPatch('', '', before, after, '', '', {
    context: 3,
    maxEditLength: MOST_EDITS,
  })
  return patch?.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
    ...lines,
  ])
}
