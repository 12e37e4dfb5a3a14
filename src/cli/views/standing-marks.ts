import type { Standing } from '../../schema/documents.ts'
import { oneLine } from '../../core/printable.ts'

/** What was said of a version, in words to stand in parentheses behind it: `yanked: wrong colours`, `deprecated: slow, use fast`. */
export function standingMarks(standing: Standing | null): string[] {
  if (!standing) return []
  const { yanked, yankReason, deprecated, deprecationReason, replacement } = standing
  const because = (reason: string | null) => (reason === null ? '' : `: ${oneLine(reason)}`)
  const instead = replacement === null ? '' : `, use ${oneLine(replacement)}`
  return [
    ...(yanked ? [`yanked${because(yankReason)}${deprecated ? '' : instead}`] : []),
    ...(deprecated ? [`deprecated${because(deprecationReason)}${instead}`] : []),
  ]
}
