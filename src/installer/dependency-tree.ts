import type { Lock, LockedPackage } from '../schema/lock.ts'
import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import { entriesOf, lockedPackage } from './lock-entries.ts'
import { isUsed } from './workspace/lock-part.ts'

/** A row of a tree of dependencies. The rows that follow with a greater depth are its dependencies. */
export interface TreeRow {
  /** 0 for a dependency of the root itself */
  readonly depth: number
  readonly name: PackageName
  /** null for an optional dependency that was left out */
  readonly version: Version | null
  readonly requirement: string
  /** only on a dependency of the root: it is for development */
  readonly dev?: true
  /** of a package in a folder: the folder, relative to the project */
  readonly path?: string
  /** its dependencies are below an earlier row */
  readonly repeated?: true
  /** why an optional dependency was left out */
  readonly omitted?: string
}

interface Edge {
  readonly depth: number
  readonly name: PackageName
  readonly written: LockedPackage['dependencies'][PackageName]
  readonly dev: boolean
}

/**
 * Lists what a root or a package depends on, depth first and in order of name. The dependencies of a package are listed
 * once, below its first row.
 * @param from the key of a root, or a package in the lock
 * @param deepest rows with a greater depth are left out
 */
export function dependencyTree(lock: Lock, from: string | { package: PackageName }, deepest = Infinity): TreeRow[] {
  const rows: TreeRow[] = []
  const expanded = new Set<PackageName>()
  if (typeof from !== 'string') expanded.add(from.package)
  // A stack instead of recursion: a chain of thousands of packages is a valid lock.
  const open = typeof from === 'string' ? rootEdges(lock, from) : edgesOf(lock, from.package, 0)
  for (let edge = open.pop(); edge; edge = open.pop()) {
    const { name, depth } = edge
    const below = isUsed(lock, name, edge.written) && depth < deepest ? edgesOf(lock, name, depth + 1) : []
    const repeated = below.length > 0 && expanded.has(name)
    rows.push({ ...rowOf(lock, edge), ...(repeated && { repeated }) })
    expanded.add(name)
    if (!repeated) open.push(...below)
  }
  return rows
}

function rowOf(lock: Lock, { depth, name, written, dev }: Edge): TreeRow {
  const locked = isUsed(lock, name, written) ? lockedPackage(lock, name) : undefined
  const requirement = typeof written === 'string' ? written : written.version
  const of = { depth, name, version: locked?.version ?? null, requirement, ...(dev && { dev }) }
  if (!locked) return { ...of, omitted: omittedReason(lock, name) }
  return 'path' in locked ? { ...of, path: locked.path } : of
}

function omittedReason({ omitted }: Lock, name: PackageName): string {
  return (Object.hasOwn(omitted, name) ? omitted[name] : undefined) ?? 'optional'
}

/** Returns the dependencies of a root, last one first, as on a stack. */
function rootEdges({ roots }: Lock, key: string): Edge[] {
  const root = Object.hasOwn(roots, key) ? roots[key] : undefined
  if (!root) return []
  const all = [...edges(root.dependencies, 0, false), ...edges(root.devDependencies, 0, true)]
  return all.sort(byName).reverse()
}

function edgesOf(lock: Lock, name: PackageName, depth: number): Edge[] {
  return edges(lockedPackage(lock, name)?.dependencies ?? {}, depth, false)
    .sort(byName)
    .reverse()
}

function edges(dependencies: LockedPackage['dependencies'], depth: number, dev: boolean): Edge[] {
  return entriesOf(dependencies).map(([name, written]) => ({ depth, name, written, dev }))
}

function byName(a: Edge, b: Edge): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}
