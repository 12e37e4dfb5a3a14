import type { PackageName } from '../schema/name.ts'
import type { Solution } from './solution.ts'

/** Packages that go in together: one alone, or all that depend on each other in a cycle. */
export interface Component {
  /** sorted */
  readonly names: readonly PackageName[]
  /** true for several packages, and for one that depends on itself */
  readonly isCycle: boolean
}

/** A package on the path that is being walked, with those of its dependencies that were not looked at yet. */
interface Visit {
  readonly name: PackageName
  readonly dependencies: PackageName[]
  /** when it was met */
  readonly number: number
  /** the earliest met package that is known to be reached from here and is in no component yet */
  low: number
}

/**
 * The order in which packages go in: dependencies before those that need them, the strongly connected components of
 * the graph by Tarjan's method. It depends on nothing but names and dependencies, so it is the same everywhere.
 */
export function installOrder({ packages }: Pick<Solution, 'packages'>): Component[] {
  const components: Component[] = []
  const numbers = new Map<PackageName, number>()
  const pending: PackageName[] = []
  const isPending = new Set<PackageName>()
  const path: Visit[] = [] // in place of recursion: chains of dependencies can be long

  const dependenciesOf = (name: PackageName): PackageName[] =>
    (packages.get(name)?.dependencies ?? []).map((dependency) => dependency.name).filter((other) => packages.has(other))

  const enter = (name: PackageName) => {
    const number = numbers.size
    numbers.set(name, number)
    pending.push(name)
    isPending.add(name)
    path.push({ name, dependencies: dependenciesOf(name).sort().reverse(), number, low: number })
  }

  const leave = ({ name, number, low }: Visit) => {
    path.pop()
    const parent = path.at(-1)
    if (parent !== undefined) parent.low = Math.min(parent.low, low)
    if (low < number) return
    const names = pending.splice(pending.lastIndexOf(name)).sort()
    for (const each of names) isPending.delete(each)
    components.push({ names, isCycle: names.length > 1 || dependenciesOf(name).includes(name) })
  }

  for (const start of [...packages.keys()].sort()) {
    if (!numbers.has(start)) enter(start)
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const next = visit.dependencies.pop()
      if (next === undefined) leave(visit)
      else if (!numbers.has(next)) enter(next)
      else if (isPending.has(next)) visit.low = Math.min(visit.low, numbers.get(next) ?? visit.number)
    }
  }
  return components
}
