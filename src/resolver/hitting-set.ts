/**
 * Finds the smallest set that shares a member with each of the given sets. Among sets of the same size, it is the one
 * whose members come first by `rank`. The search is exact, and fast for the few sets it gets: one per conflict between
 * locked versions.
 */
export function smallestHittingSet<T>(sets: readonly ReadonlySet<T>[], rank: (member: T) => number): Set<T> {
  const isHit = (chosen: readonly T[], set: ReadonlySet<T>) => chosen.some((member) => set.has(member))
  for (let most = 0; ; most++) {
    const waiting: (readonly T[])[] = [[]]
    for (let chosen = waiting.pop(); chosen !== undefined; chosen = waiting.pop()) {
      const here = chosen
      const missed = sets.find((set) => !isHit(here, set))
      if (missed === undefined) return new Set(here)
      if (here.length === most) continue
      // The stack returns the last one first.
      for (const member of [...missed].sort((a, b) => rank(b) - rank(a))) waiting.push([...here, member])
    }
  }
}
