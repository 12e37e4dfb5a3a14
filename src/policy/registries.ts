import type { ReleaseFacts } from './facts.ts'
import type { Found } from './finding.ts'
import { type Layer, valueFor } from './layer.ts'

/** Finds a registry that is not one of those for the name. */
export function findRegistry({ name, registry }: ReleaseFacts, layers: readonly Layer[]): Found | undefined {
  for (const { policy, origin } of layers) {
    const allowed = policy.registries && valueFor(policy.registries, name)
    if (!allowed || allowed.some((each) => each === registry.id || normal(each) === normal(registry.place))) continue
    const fact = `comes from ${registry.place} (registries for this name: ${allowed.join(', ')})`
    return { level: 'refuse', fact, origin, hint: undefined }
  }
  return undefined
}

/** Spells a URL or a folder in one way, with or without a slash at its end. */
function normal(place: string): string {
  const spelled = URL.canParse(place) ? new URL(place).href : place
  return spelled.replace(/\/+$/, '')
}
