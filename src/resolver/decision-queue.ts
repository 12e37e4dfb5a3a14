import type { Package } from './package.ts'

/**
 * The packages that must be installed and have no version yet, most urgent first: a binary heap that tracks the
 * position of each package, so that packages can be moved and removed.
 */
export class DecisionQueue {
  private readonly heap: Package[] = []
  /** the position of each package in the heap, by package index; -1 or missing if it is not in the heap */
  private readonly positions: number[] = []
  /** how urgent each package is, by package index; lower is more urgent */
  private readonly urgencies: number[] = []
  private readonly urgencyOf: (pkg: Package) => number

  /** @param urgencyOf called when a package is added; ties go to the package that was met first */
  constructor(urgencyOf: (pkg: Package) => number) {
    this.urgencyOf = urgencyOf
  }

  get first(): Package | undefined {
    return this.heap[0]
  }

  has(pkg: Package): boolean {
    return this.positionOf(pkg) >= 0
  }

  /** Adds a package, or moves it to its new position. */
  put(pkg: Package): void {
    let position = this.positionOf(pkg)
    if (position < 0) position = this.heap.length
    this.urgencies[pkg.index] = this.urgencyOf(pkg)
    this.sink(pkg, this.rise(pkg, position))
  }

  remove(pkg: Package): void {
    const position = this.positionOf(pkg)
    if (position < 0) return
    this.positions[pkg.index] = -1
    const last = this.heap.pop()
    if (last !== undefined && last !== pkg) this.sink(last, this.rise(last, position))
  }

  /** Moves a package up from `position` as far as needed, and returns its new position. */
  private rise(pkg: Package, position: number): number {
    let free = position
    while (free > 0) {
      const parent = this.heap[(free - 1) >> 1]
      if (parent === undefined || !this.isBefore(pkg, parent)) break
      this.place(parent, free)
      free = (free - 1) >> 1
    }
    this.place(pkg, free)
    return free
  }

  private sink(pkg: Package, position: number): void {
    let free = position
    for (;;) {
      let below = 2 * free + 1
      let child = this.heap[below]
      const right = this.heap[below + 1]
      if (child !== undefined && right !== undefined && this.isBefore(right, child)) {
        below++
        child = right
      }
      if (child === undefined || !this.isBefore(child, pkg)) break
      this.place(child, free)
      free = below
    }
    this.place(pkg, free)
  }

  private place(pkg: Package, position: number): void {
    this.heap[position] = pkg
    this.positions[pkg.index] = position
  }

  private isBefore(a: Package, b: Package): boolean {
    const [urgencyOfA = 0, urgencyOfB = 0] = [this.urgencies[a.index], this.urgencies[b.index]]
    return urgencyOfA === urgencyOfB ? a.index < b.index : urgencyOfA < urgencyOfB
  }

  private positionOf(pkg: Package): number {
    return this.positions[pkg.index] ?? -1
  }
}
