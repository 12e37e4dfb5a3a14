import { POLICY_RULES, type PolicyRule } from '../schema/policy.ts'
import type { ReleaseFacts } from './facts.ts'
import { CODES, type Found, type PolicyFinding } from './finding.ts'
import type { Layer } from './layer.ts'
import { findDeprecated, findSignerChange, findYanked } from './levels.ts'
import { findLicense } from './licenses.ts'
import { findRegistry } from './registries.ts'
import { findTooNew } from './release-age.ts'
import { withWaiver } from './waivers.ts'

type Find = (facts: ReleaseFacts, layers: readonly Layer[], now: Date) => Found | undefined

const FINDS: Readonly<Record<PolicyRule, Find>> = {
  minimumReleaseAge: findTooNew,
  licenses: findLicense,
  yanked: findYanked,
  deprecated: findDeprecated,
  signerChange: findSignerChange,
  registries: findRegistry,
}

/**
 * Judges a release by every rule in force. Resolving, installing, publishing and auditing all ask here; they differ only
 * in the facts that they know.
 */
export function judge(facts: ReleaseFacts, layers: readonly Layer[], now: Date): PolicyFinding[] {
  const { name, version } = facts
  return POLICY_RULES.flatMap((rule) => {
    const found = FINDS[rule](facts, layers, now)
    return found ? [withWaiver({ rule, code: CODES[rule], name, version, ...found }, layers, now)] : []
  })
}
