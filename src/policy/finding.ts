import type { ErrorCode } from '../schema/errors.ts'
import type { PackageName } from '../schema/name.ts'
import type { PolicyRule } from '../schema/policy.ts'
import type { Version } from '../schema/version.ts'

/** What a rule found about a release. */
export interface PolicyFinding {
  readonly rule: PolicyRule
  readonly code: ErrorCode
  readonly name: PackageName
  readonly version: Version
  readonly level: 'warn' | 'refuse'
  /** a clause to follow the name: `was published on …` */
  readonly fact: string
  /** where the rule is written */
  readonly origin: string
  /** one thing to type, if something helps */
  readonly hint?: string | undefined
  /** the exception that applies, if any */
  readonly waiver?: { readonly reason: string; readonly until: string; readonly origin: string }
}

/** A finding of one rule, before waivers. */
export type Found = Pick<PolicyFinding, 'level' | 'fact' | 'origin' | 'hint'>

export const CODES: Readonly<Record<PolicyRule, ErrorCode>> = {
  minimumReleaseAge: 'RELEASE_TOO_NEW',
  licenses: 'LICENSE_REFUSED',
  yanked: 'RELEASE_YANKED',
  deprecated: 'RELEASE_DEPRECATED',
  signerChange: 'SIGNER_CHANGED',
  registries: 'REGISTRY_REFUSED',
}

export function isRefused({ level, waiver }: PolicyFinding): boolean {
  return level === 'refuse' && waiver === undefined
}
