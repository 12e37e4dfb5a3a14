import { POLICY_RULES, type PolicyRule, type Waiver } from '../../schema/policy.ts'
import { settingsFolder } from '../../installer/find-project.ts'
import { isExpired } from '../../policy/waivers.ts'
import { DEFAULT_AGE, DEFAULT_ORIGIN } from '../../policy/release-age.ts'
import type { Layer } from '../../policy/layer.ts'
import { withLentHome } from '../lent-home.ts'
import type { Session } from '../session.ts'
import { loadPolicy } from './load-policy.ts'

/** A rule in force, with the file that contains it. */
export interface RuleInForce {
  readonly rule: PolicyRule
  readonly value: unknown
  readonly origin: string
}

export interface PolicyInForce {
  /** all of them apply; of the same rule, the strictest counts */
  readonly rules: readonly RuleInForce[]
  readonly waivers: readonly (Waiver & { readonly origin: string; readonly expired: boolean })[]
  /** the files and addresses that were read */
  readonly sources: readonly string[]
}

/** Shows the policy that applies in the session's folder. @throws CpmError POLICY_UNAVAILABLE, CONFIG_INVALID */
export async function showPolicy(session: Session, { offline = false } = {}): Promise<PolicyInForce> {
  const settings = await session.config(settingsFolder(session.cwd))
  const layers = await loadPolicy(withLentHome(session), { settings, offline })
  const now = session.now()
  return {
    rules: POLICY_RULES.flatMap((rule) => [
      ...defaultOf(rule, layers),
      ...layers.flatMap((layer) => ofRule(rule, layer)),
    ]),
    waivers: layers.flatMap(({ policy, origin, isUsers }) =>
      isUsers ? (policy.waivers ?? []).map((waiver) => ({ ...waiver, origin, expired: isExpired(waiver, now) })) : [],
    ),
    sources: layers.map(({ origin }) => origin),
  }
}

function ofRule(rule: PolicyRule, { policy, origin }: Layer): RuleInForce[] {
  return policy[rule] === undefined ? [] : [{ rule, value: policy[rule], origin }]
}

const DEFAULTS: Readonly<Partial<Record<PolicyRule, unknown>>> = {
  minimumReleaseAge: DEFAULT_AGE,
  yanked: 'warn',
  deprecated: 'warn',
  signerChange: 'warn',
}

/** A default applies unless the user sets the rule for all packages. */
function defaultOf(rule: PolicyRule, layers: readonly Layer[]): RuleInForce[] {
  const value = DEFAULTS[rule]
  const isReplaced = layers.some(({ isUsers, policy: { [rule]: own } }) => {
    const isForAll = typeof own !== 'object' || Object.hasOwn(own, '*')
    return isUsers && own !== undefined && isForAll
  })
  return value === undefined || isReplaced ? [] : [{ rule, value, origin: DEFAULT_ORIGIN }]
}
