import type { Package } from './package.ts'

/** How urgent it is to decide a package; lower is more urgent, and the first number counts most. */
export interface Urgency {
  readonly rank: number
  readonly order: number
}

/** A package in the queue, or one that was in it. */
interface Entry {
  readonly package: Package
  rank: number
  order: number
  /** its position in the heap, -1 if it is not in it */
  position: number
  /** true if something about the package changed since its position was found */
  isChanged: boolean
}

/**
 * The packages that must be installed and have no version yet, most urgent first: a binary heap that tracks the
 * position of each package, so that packages can be moved and removed. Packages change far more often than one is
 * chosen, so changes wait until the first is asked for.
 */
export class DecisionQueue {
  private readonly heap: Entry[] = []
  /** by package index */
  private readonly entries: (Entry | undefined)[] = []
  private readonly changed: Entry[] = []
  private readonly urgencyOf: (pkg: Package) => Urgency | undefined

  /** @param urgencyOf undefined if a package is not to be decided; ties go to the package that was met first */
  constructor(urgencyOf: (pkg: Package) => Urgency | undefined) {
    this.urgencyOf = urgencyOf
  }

  get first(): Package | undefined {
    for (let entry = this.changed.pop(); entry !== undefined; entry = this.changed.pop()) this.settle(entry)
    return this.heap[0]?.package
  }

  /** Adds, moves or removes a package, depending on its urgency by the time the first is asked for. */
  update(pkg: Package): void {
    const entry = (this.entries[pkg.index] ??= { package: pkg, rank: 0, order: 0, position: -1, isChanged: false })
    if (entry.isChanged) return
    entry.isChanged = true
    this.changed.push(entry)
  }

  private settle(entry: Entry): void {
    entry.isChanged = false
    const urgency = this.urgencyOf(entry.package)
    if (urgency === undefined) {
      this.remove(entry)
      return
    }
    const { rank, order } = urgency
    if (entry.position < 0) entry.position = this.heap.length
    else if (entry.rank === rank && entry.order === order) return
    entry.rank = rank
    entry.order = order
    this.place(entry, entry.position)
  }

  private remove(entry: Entry): void {
    const { position } = entry
    if (position < 0) return
    entry.position = -1
    const last = this.heap.pop()
    if (last !== undefined && last !== entry) this.place(last, position)
  }

  /** Puts an entry at a position, or as far above or below it as needed. */
  private place(entry: Entry, position: number): void {
    const { heap } = this
    let free = position
    while (free > 0) {
      const parent = heap[(free - 1) >> 1]
      if (parent === undefined || !isBefore(entry, parent)) break
      heap[free] = parent
      parent.position = free
      free = (free - 1) >> 1
    }
    for (let below = 2 * free + 1; below < heap.length; below = 2 * free + 1) {
      let child = heap[below]
      const right = below + 1 < heap.length ? heap[below + 1] : undefined
      if (child !== undefined && right !== undefined && isBefore(right, child)) child = right
      if (child === undefined || !isBefore(child, entry)) break
      const above = free
      free = child.position
      heap[above] = child
      child.position = above
    }
    heap[free] = entry
    entry.position = free
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  if (a.rank !== b.rank) return a.rank < b.rank
  if (a.order !== b.order) return a.order < b.order
  return a.package.index < b.package.index
}
