/**
 * The smallest set that has something in common with each of the given ones. Of several as small the one whose members come first in
 * the order of `rank`. Exact, and quick while there are few sets: their number is that of the conflicts somebody has to give way in.
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
      // The stack gives back the last one first.
      for (const member of [...missed].sort((a, b) => rank(b) - rank(a))) waiting.push([...here, member])
    }
  }
}
