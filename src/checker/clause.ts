/** The state of a package: one of its versions, or left out. */
export type State = string
export const LEFT_OUT: State = ''

/**
 * States of packages that can't all be true at once: for each package in the map, one of the states in its set. Any
 * other package can be in any state. The empty clause is the contradiction.
 */
export type Clause = ReadonlyMap<string, ReadonlySet<State>>

/**
 * Applies the resolution rule: returns what follows from two clauses, whatever the state of one package. It works for
 * any two clauses and any package.
 */
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
