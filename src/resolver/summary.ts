import type { DependencyCause, ExternalCause } from './incompatibility.ts'
import { listOf } from './range-text.ts'
import { describeCauses } from './wording.ts'

const MOST_LINES = 24
const MOST_SHOWN = 3

/**
 * Summarizes a reason whose derivation is too long to read: the packages in it and their dependencies on each other,
 * which is what a reader can change.
 */
export function summarize(causes: readonly ExternalCause[]): string[] {
  const dependencies = causes.filter((cause) => cause.type === 'dependency')
  const names = new Set(causes.flatMap((cause) => (cause.type === 'lock' || cause.by.isRoot ? [] : [cause.by.name])))
  for (const { target } of causes) names.add(target.name)
  const pairs = new Map<string, DependencyCause[]>()
  for (const cause of dependencies) {
    const pair = cause.by.isRoot ? '' : `${cause.by.name} ${cause.target.name}`
    pairs.set(pair, [...(pairs.get(pair) ?? []), cause])
  }
  const lines = [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pair]) => `  ${listOf(described(pair), ';')}`)
  const hidden = lines.length - MOST_LINES
  return [
    `No choice of versions works for ${namesOf([...names].sort())} together. Their requirements:`,
    ...lines.slice(0, MOST_LINES),
    ...(hidden > 0 ? [`  … and ${hidden} more dependencies of these packages on each other`] : []),
  ]
}

function described(pair: readonly DependencyCause[]): string[] {
  const clauses = describeCauses(pair)
  const hidden = clauses.length - MOST_SHOWN
  return hidden > 0 ? [...clauses.slice(0, MOST_SHOWN), `and ${hidden} more like these`] : clauses
}

const MOST_NAMES = 24

function namesOf(names: readonly string[]): string {
  const hidden = names.length - MOST_NAMES
  return hidden > 0 ? `${names.slice(0, MOST_NAMES).join(', ')} and ${hidden} more packages` : listOf(names)
}
