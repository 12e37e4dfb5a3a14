/** What a package is in: one of its versions, or left out. */
export type State = string
export const LEFT_OUT: State = ''

/**
 * States of packages that are never all true at once: of each package named, one of the states listed. What it does not name can be in any
 * state. The one that names nothing is the contradiction.
 */
export type Clause = ReadonlyMap<string, ReadonlySet<State>>

/** The rule of resolution: what follows from two clauses whatever the state of one package. Any two, and any package, are allowed. */
export function resolveOn(
  name: string,
  one: Clause,
  other: Clause,
  statesOf: (name: string) => readonly State[],
): Clause {
  const result = new Map<string, ReadonlySet<State>>()
  for (const each of new Set([...one.keys(), ...other.keys()])) {
    const [a, b] = [one.get(each), other.get(each)]
    if (each === name) {
      if (a === undefined || b === undefined) continue
      const united = new Set([...a, ...b])
      if (!statesOf(name).every((state) => united.has(state))) result.set(name, united)
    } else if (a === undefined || b === undefined) {
      result.set(each, a ?? b ?? new Set())
    } else {
      result.set(each, new Set([...a].filter((state) => b.has(state))))
    }
  }
  return result
}
