import { MOST_PROBLEMS, type Problem } from '../../core/yaml.ts'
import type { Place } from './rendered.ts'

/** What was included on the way to where something stands, the nearest include first. */
export interface Included {
  readonly includedAt: readonly Place[]
}

export function problemAt({ file, line, column, includedAt }: Place, message: string): Problem {
  return { file, line, column, message, ...(includedAt && { inclusions: [includedAt] }) }
}

/** A place of a template, with the includes that led there. */
export function placeIn({ file, line, column }: Place, { includedAt }: Included): Place {
  return { file, line, column, ...(includedAt.length > 0 && { includedAt }) }
}

/** A partial that is included twice has its mistakes twice: each is told once, with all the ways that lead to it. */
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

/** For sorting: file by file, in the order in which they stand there. */
export function byPlace(a: Problem, b: Problem): number {
  return a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column
}
