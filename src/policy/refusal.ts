import { CpmError } from '../core/errors.ts'
import { isRefused, type PolicyFinding } from './finding.ts'

/** Returns the error for what the policy refuses; undefined if it refuses nothing. */
export function refusalOf(findings: readonly PolicyFinding[], hint?: string): CpmError | undefined {
  const refused = findings.filter(isRefused)
  const [first] = refused
  if (!first) return undefined
  const code = refused.every((each) => each.code === first.code) ? first.code : 'POLICY_REFUSED'
  const lines = refused.map((each) => `${each.name}@${each.version} ${each.fact}, says ${each.origin}`)
  const message =
    lines.length === 1
      ? lines.join()
      : ['the policy refuses these packages:', ...lines.map((line) => `  ${line}`)].join('\n')
  return new CpmError(code, message, { hint: hint ?? first.hint, details: { findings: refused } })
}
