import type { DependencyCause, ExternalCause } from './incompatibility.ts'
import type { Package } from './package.ts'

/** Shorter chains are shown link by link. */
const FEWEST_LINKS = 3

/**
 * Joins chains of dependencies: a package with exactly one dependent and one dependency is only a link between the two,
 * and doesn't need its own step.
 */
export function joinChains(causes: readonly ExternalCause[]): ExternalCause[] {
  const dependencies = causes.filter((cause) => cause.type === 'dependency')
  const ofPackage = (pick: (cause: DependencyCause) => Package) => {
    const found = new Map<Package, DependencyCause[]>()
    for (const cause of dependencies) found.set(pick(cause), [...(found.get(pick(cause)) ?? []), cause])
    return found
  }
  const [by, on] = [ofPackage((cause) => cause.by), ofPackage((cause) => cause.target)]
  const locked = new Set(causes.flatMap((cause) => (cause.type === 'lock' ? [cause.target] : [])))

  /** The dependency that a link passes on. */
  const onwards = (pkg: Package): DependencyCause | undefined => {
    const [incoming, another] = on.get(pkg) ?? []
    const [outgoing, oneMore] = by.get(pkg) ?? []
    // The root's own dependencies are always shown.
    if (!incoming || another || !outgoing || oneMore || incoming.by.isRoot || locked.has(pkg)) return undefined
    return incoming.wanted.isSubsetOf(outgoing.versions) ? outgoing : undefined
  }

  const joined = new Map<DependencyCause, DependencyCause>()
  const inside = new Set<DependencyCause>()
  for (const first of dependencies) {
    if (onwards(first.by)) continue // not the start of a chain
    const links: Package[] = []
    const met = [first]
    let last = first
    for (let next = onwards(last.target); next !== undefined; next = onwards(last.target)) {
      links.push(last.target)
      met.push(next)
      last = next
    }
    if (links.length < FEWEST_LINKS || last.target === first.by) continue
    const { target, wanted, ranges } = last
    joined.set(first, { ...first, target, wanted, ranges, through: links })
    for (const cause of met) inside.add(cause)
  }
  return causes.flatMap((cause) => {
    if (cause.type === 'lock' || !inside.has(cause)) return [cause]
    const whole = joined.get(cause)
    return whole ? [whole] : []
  })
}
