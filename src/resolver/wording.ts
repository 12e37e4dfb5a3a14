import type { Fact } from './cause.ts'
import type { Demand } from './demand.ts'
import type { Incompatibility } from './incompatibility.ts'
import type { Package } from './package.ts'
import { isAnyRange, listOf, rangeText } from './range-text.ts'
import { describeShortage } from './shortage.ts'
import { isPositive, negate, type Term } from './term.ts'
import type { VersionSet } from './version-set.ts'

/** A conclusion as a clause: `a 1.0.0 needs b ^2`. The root goes without saying, since nothing is without it. */
export function describeConclusion(incompatibility: Incompatibility): string {
  const terms = incompatibility.terms.filter((term) => !term.package.isRoot)
  const present = terms.filter(isPositive)
  const wanted = terms.filter((term) => !isPositive(term)).map((term) => wish(negate(term)))
  const [first, second] = present
  if (wanted.length > 0) {
    if (first === undefined) return `your project needs ${listOf(wanted, ' or')}`
    if (second === undefined) return `${subject(first)} needs ${listOf(wanted, ' or')}`
    return `${listOf(present.map(shortSubject))} together need ${listOf(wanted, ' or')}`
  }
  if (first === undefined) return 'no choice of versions works'
  if (second !== undefined) return `${listOf(present.map(shortSubject))} can’t be used together`
  return isAny(first) ? `no version of ${first.package.name} can be used` : `${subject(first)} can’t be used`
}

/**
 * Facts as clauses, so that one leads to the next: those of one subject together, and what is missing last. A version
 * depends on what it says itself, and needs what follows from that.
 */
export function describeFacts(facts: readonly Fact[]): string[] {
  const objects = new Map<string, string[]>()
  const shortages = new Set<string>()
  for (const fact of inReadingOrder(facts)) {
    const { demand, versions, target } = fact
    const who = demand.by.isRoot ? 'your project' : subject({ package: demand.by, versions })
    const says = `${who} ${versions.equals(demand.versions) || !target.exists ? 'depends on' : 'needs'}`
    objects.set(says, [...(objects.get(says) ?? []), object(fact)])
    if (target.matching(demand.range).isEmpty) shortages.add(describeShortage(target, demand.range))
  }
  return [...[...objects].map(([says, what]) => `${says} ${listOf(what)}`), ...shortages]
}

/** The root's facts first, as declared, and a package's after the one that leads to the package. */
function inReadingOrder(facts: readonly Fact[]): Fact[] {
  const waiting = [...facts].sort(
    (a, b) =>
      a.demand.by.index - b.demand.by.index ||
      a.versions.highest - b.versions.highest ||
      rank(a.demand) - rank(b.demand),
  )
  const ordered: Fact[] = []
  const isLedTo = ({ demand }: Fact) => demand.by.isRoot || ordered.some(({ target }) => target === demand.by)
  const isFirst = ({ demand }: Fact) => !waiting.some(({ target }) => target === demand.by)
  for (let left = waiting.length; left > 0; left--) {
    const next = [waiting.findIndex(isLedTo), waiting.findIndex(isFirst)].find((index) => index >= 0) ?? 0
    ordered.push(...waiting.splice(next, 1))
  }
  return ordered
}

/** Where a demand stands among those of its version. */
function rank(demand: Demand): number {
  return demand.by.demandsAt(demand.versions.highest).indexOf(demand)
}

function object({ demand: { on, range, isOverridden }, target }: Fact): string {
  const what = isAnyRange(range) || !target.exists ? on : `${on} ${range}`
  return isOverridden ? `${what} (by an override)` : what
}

function subject(term: Term): string {
  if (!isAny(term)) return nameWith(term.package, rangeText(term.package, term.versions), 'every release of ')
  const [only, another] = term.package.candidates
  return only !== undefined && another === undefined
    ? `${term.package.name} ${only.version}`
    : `every version of ${term.package.name}`
}

/** As a subject, where several are listed and "every version of" would be too long. */
function shortSubject(term: Term): string {
  return isAny(term) ? term.package.name : nameWith(term.package, rangeText(term.package, term.versions), '')
}

/** Versions that would do: by the range somebody asked for, where these are exactly its versions. */
function wish({ package: pkg, versions }: Term): string {
  if (versions.equals(pkg.anyVersion)) return pkg.name
  return nameWith(pkg, writtenRange(pkg, versions) ?? rangeText(pkg, versions), '')
}

function writtenRange(pkg: Package, versions: VersionSet): string | undefined {
  const written = pkg.rangesMatching(versions).filter((range) => !isAnyRange(range))
  return written.sort((a, b) => a.length - b.length || (a < b ? -1 : 1))[0]
}

function nameWith(pkg: Package, range: string, beforeBareName: string): string {
  return range === '' ? `${beforeBareName}${pkg.name}` : `${pkg.name} ${range}`
}

function isAny({ package: pkg, versions }: Term): boolean {
  return versions.equals(pkg.anyVersion)
}
