import { MOST_PROBLEMS, type Problem } from '../../core/yaml.ts'
import type { Place } from './rendered.ts'

/** The includes that led to a place, the innermost first. */
export interface Included {
  readonly includedAt: readonly Place[]
}

export function problemAt({ file, line, column, includedAt }: Place, message: string): Problem {
  return { file, line, column, message, ...(includedAt && { inclusions: [includedAt] }) }
}

/** Adds the includes that led to a place of a template. */
export function placeIn({ file, line, column }: Place, { includedAt }: Included): Place {
  return { file, line, column, ...(includedAt.length > 0 && { includedAt }) }
}

/**
 * Merges equal problems, since a file that is included twice has each twice. The result has all of their
 * includes.
 */
export function onceEach(problems: readonly Problem[]): Problem[] {
  const found = new Map<string, { problem: Problem; ways: Map<string, NonNullable<Problem['inclusions']>[number]> }>()
  for (const problem of problems) {
    const { file, line, column, message, inclusions = [] } = problem
    const key = JSON.stringify([file, line, column, message])
    const entry = found.get(key) ?? { problem, ways: new Map() }
    found.set(key, entry)
    for (const way of inclusions) entry.ways.set(JSON.stringify(way), way)
  }
  return [...found.values()]
    .slice(0, MOST_PROBLEMS)
    .map(({ problem, ways }) => (ways.size > 1 ? { ...problem, inclusions: [...ways.values()] } : problem))
}

/** Compares problems by file, line and column. */
export function byPlace(a: Problem, b: Problem): number {
  return a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column
}
