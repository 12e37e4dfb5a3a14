import type { PackageName } from '../schema/name.ts'
import type { Solution } from './solution.ts'

/** Packages that are installed together: a single one, or all packages of a dependency cycle. */
export interface Component {
  /** sorted */
  readonly names: readonly PackageName[]
  /** true for several packages, and for one package that depends on itself */
  readonly isCycle: boolean
}

/** A package on the current path, with the dependencies that were not visited yet. */
interface Visit {
  readonly name: PackageName
  readonly dependencies: PackageName[]
  /** its number in order of discovery */
  readonly number: number
  /** the earliest discovered package that is reachable from here and not in a component yet */
  low: number
}

/**
 * Returns the order in which packages are installed, dependencies first: the strongly connected components of the
 * graph, found with Tarjan's algorithm. It depends only on names and dependencies, so it is the same everywhere.
 */
export function installOrder({ packages }: Pick<Solution, 'packages'>): Component[] {
  const components: Component[] = []
  const numbers = new Map<PackageName, number>()
  const pending: PackageName[] = []
  const isPending = new Set<PackageName>()
  const path: Visit[] = [] // not recursive: chains of dependencies can be long

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
