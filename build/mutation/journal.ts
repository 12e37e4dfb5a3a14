import fs from 'node:fs'

/** What the runner records as it goes, since the process may hang or run out of memory at any mutant. */
export interface JournalLine {
  readonly test?: string
  /** the mutants that a test executes */
  readonly met?: readonly number[]
  readonly trying?: number
  readonly killed?: number
  readonly why?: string
  /** why a test isn't used */
  readonly unused?: string
  /** whether all mutants of the test have been tried */
  readonly whole?: true
}

export function readJournal(file: string) {
  const lines = fs.readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as JournalLine) // prettier-ignore
  const killed = new Set(lines.flatMap(({ killed }) => killed ?? []))
  const met = new Set(lines.flatMap(({ met }) => met ?? []))
  const tried = new Map(
    lines.flatMap(({ test, whole, unused }) =>
      test && (whole ?? (unused && unused !== 'slow')) ? [[test, 'whole']] : [],
    ),
  )
  return { lines, killed, met, tried }
}
