import type { PolicyLevel } from '../schema/policy.ts'
import type { ReleaseFacts } from './facts.ts'
import type { Found } from './finding.ts'
import type { Layer } from './layer.ts'
import { DEFAULT_ORIGIN } from './release-age.ts'

type Leveled = 'yanked' | 'deprecated' | 'signerChange'

const ORDER: readonly PolicyLevel[] = ['allow', 'warn', 'refuse']

/** Returns the strictest level of a rule. The default is to warn, unless the user says otherwise. */
export function levelOf(rule: Leveled, layers: readonly Layer[]): { level: PolicyLevel; origin: string } {
  const asked = layers.flatMap(({ policy, origin, isUsers }) => {
    const level = policy[rule]
    return level === undefined ? [] : [{ level, origin, isUsers }]
  })
  const byDefault = { level: 'warn', origin: DEFAULT_ORIGIN } as const
  const all = asked.some(({ isUsers }) => isUsers) ? asked : [byDefault, ...asked]
  return all.reduce((most, one) => (ORDER.indexOf(one.level) > ORDER.indexOf(most.level) ? one : most))
}

export function findYanked({ status }: ReleaseFacts, layers: readonly Layer[]): Found | undefined {
  if (status?.yanked !== true) return undefined
  return leveled('yanked', layers, `was yanked${because(status.yankReason)}`)
}

export function findDeprecated({ status }: ReleaseFacts, layers: readonly Layer[]): Found | undefined {
  if (status?.deprecated !== true) return undefined
  return leveled('deprecated', layers, `is deprecated${because(status.deprecationReason)}`)
}

export function findSignerChange({ newSigners }: ReleaseFacts, layers: readonly Layer[]): Found | undefined {
  if (!newSigners) return undefined
  const fact = `is signed by ${newSigners.join(', ')}, which was not an owner when the locked version was published`
  return leveled('signerChange', layers, fact)
}

function leveled(rule: Leveled, layers: readonly Layer[], fact: string): Found | undefined {
  const { level, origin } = levelOf(rule, layers)
  return level === 'allow' ? undefined : { level, fact, origin, hint: undefined }
}

function because(reason: string | null): string {
  return reason === null ? '' : `: ${reason}`
}
