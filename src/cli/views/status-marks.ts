import type { ReleaseStatus } from '../../schema/documents.ts'
import { oneLine } from '../../core/printable.ts'

/**
 * Describes the status of a version, to put in parentheses after it: `yanked: wrong colors`, `deprecated: slow, use
 * fast`.
 */
export function statusMarks(status: ReleaseStatus | null): string[] {
  if (!status) return []
  const { yanked, yankReason, deprecated, deprecationReason, replacement } = status
  const because = (reason: string | null) => (reason === null ? '' : `: ${oneLine(reason)}`)
  const instead = replacement === null ? '' : `, use ${oneLine(replacement)}`
  return [
    ...(yanked ? [`yanked${because(yankReason)}${deprecated ? '' : instead}`] : []),
    ...(deprecated ? [`deprecated${because(deprecationReason)}${instead}`] : []),
  ]
}
