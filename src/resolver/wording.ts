import type { DependencyCause, ExternalCause, LockCause, Incompatibility } from './incompatibility.ts'
import type { Package } from './package.ts'
import { isAnyRange, listOf, rangeText } from './range-text.ts'
import { describeNoVersions } from './no-versions.ts'
import { isPositive, negate, type Term } from './term.ts'
import type { VersionSet } from './version-set.ts'

/** Describes a conclusion in a clause: `a 1.0.0 needs b ^2`. Omits the root, because everything follows from it. */
export function describeDerived(incompatibility: Incompatibility): string {
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
  if (second !== undefined) return `${listOf(present.map(shortSubject))} can't be used together`
  return isAny(first) ? `no version of ${first.package.name} can be used` : `${subject(first)} can't be used`
}

/**
 * Describes causes in clauses, ordered so that one leads to the next: those with the same subject together, and missing
 * versions last. A version "depends on" what its own manifest declares, and "needs" what follows from that.
 */
export function describeCauses(causes: readonly ExternalCause[]): string[] {
  const objects = new Map<string, string[]>()
  const shortages = new Set<string>()
  const locked = causes
    .filter((cause): cause is LockCause => cause.type === 'lock')
    .map(({ target, wanted }) => `${target.name} ${rangeText(target, wanted)}`)
  if (locked.length > 0) objects.set('your lock has', locked.sort())
  for (const cause of inReadingOrder(causes.filter((cause): cause is DependencyCause => cause.type === 'dependency'))) {
    const { by, versions, target, ranges, wanted, through } = cause
    const who = by.isRoot ? 'your project' : subject({ package: by, versions })
    const isTheirs = through === undefined && (ranges.length === 1 || !target.exists)
    const says = `${who} ${isTheirs ? 'depends on' : 'needs'}`
    objects.set(says, [...(objects.get(says) ?? []), object(cause)])
    if (wanted.isEmpty)
      for (const range of ranges.slice(0, MOST_SHORTAGES)) shortages.add(describeNoVersions(target, range))
  }
  return [...[...objects].map(([says, what]) => `${says} ${listOf(what)}`), ...shortages]
}

/** The most clauses about missing versions of one package. More teach the reader nothing new. */
const MOST_SHORTAGES = 3

/** Sorts the root's causes first, in declared order, then each package's after one that leads to the package. */
function inReadingOrder(causes: readonly DependencyCause[]): DependencyCause[] {
  const waiting = [...causes].sort(
    (a, b) => a.by.index - b.by.index || a.versions.highest - b.versions.highest || rank(a) - rank(b),
  )
  const ordered: DependencyCause[] = []
  const isLedTo = ({ by }: DependencyCause) => by.isRoot || ordered.some(({ target }) => target === by)
  const isFirst = ({ by }: DependencyCause) => !waiting.some(({ target }) => target === by)
  for (let left = waiting.length; left > 0; left--) {
    const next = [waiting.findIndex(isLedTo), waiting.findIndex(isFirst)].find((index) => index >= 0) ?? 0
    ordered.push(...waiting.splice(next, 1))
  }
  return ordered
}

/** Returns the position of a cause among the dependencies of its version. */
function rank({ by, versions, target, through }: DependencyCause): number {
  const next = through?.[0] ?? target
  return by.dependenciesAt(versions.highest).findIndex(({ name }) => name === next.name)
}

function object({ target, ranges, wanted, through = [] }: DependencyCause): string {
  const { name } = target
  const [only = ''] = ranges
  const range = ranges.length === 1 ? only : wanted.isEmpty ? rangeList(ranges) : rangeText(target, wanted)
  const what = isAnyRange(range) || !target.exists ? name : `${name} ${range}`
  const notes = [
    ...(through.length > 0 ? [`by way of ${links(through)}`] : []),
    ...(target.isOverridden ? ['by an override'] : []),
  ]
  return notes.length === 0 ? what : `${what} (${notes.join('; ')})`
}

const MOST_RANGES = 6

function rangeList(ranges: readonly string[]): string {
  const hidden = ranges.length - MOST_RANGES
  const sorted = [...ranges].sort()
  return hidden > 0 ? `${sorted.slice(0, MOST_RANGES).join(', ')} or ${hidden} more ranges` : listOf(sorted, ' or')
}

const MOST_LINKS = 100

function links(through: readonly Package[]): string {
  const names = through.map(({ name }) => name)
  const hidden = names.length - MOST_LINKS
  return hidden > 0 ? `${names.slice(0, MOST_LINKS).join(', ')} and ${hidden} more` : listOf(names)
}

function subject(term: Term): string {
  if (!isAny(term)) return nameWith(term.package, rangeText(term.package, term.versions), 'every release of ')
  const [only, another] = term.package.candidates
  return only !== undefined && another === undefined
    ? `${term.package.name} ${only.version}`
    : `every version of ${term.package.name}`
}

/** Writes a shorter subject, for lists where "every version of" would be too long. */
function shortSubject(term: Term): string {
  return isAny(term) ? term.package.name : nameWith(term.package, rangeText(term.package, term.versions), '')
}

/** Writes the versions that would fit, as a range that somebody wrote if one matches exactly these. */
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
