import type { Place, RenderedNode } from './rendered.ts'
import type { Reference, Structure, TemplateNode } from './template-node.ts'

/** An iteration of a loop. From inside, only its own groups are visible; from outside, those of all iterations. */
export interface Round {
  readonly structure: Structure
  readonly number: number
}

/** The nodes that an item with `$id` made. There is one group for each time that the item is reached. */
export interface Group {
  readonly id: string
  readonly trail: readonly Round[]
  readonly members: NodeRecord[]
  /** the nodes that conditions and empty loops left out of it */
  readonly absent: AbsentNode[]
}

/**
 * A node that was left out. If its group is empty, whatever depends on the group depends on this node's dependencies.
 */
export interface AbsentNode {
  /** undefined if it has none, or if it can't be computed, for example in a loop without iterations */
  readonly name: string | undefined
  readonly trail: readonly Round[]
  readonly written: readonly Written[]
  readonly file: FileWithAbsent
}

/** The file that a node was left out of. */
export interface FileWithAbsent {
  /** Finds the nodes that were left out of the file and of those it includes. Does so only once. */
  findAbsent(): void
  /** Returns the absent nodes with a name, as seen in this file. */
  absentNamed(name: string): readonly AbsentNode[]
  /** Returns the dependencies of an absent node that exist. */
  passedOn(node: AbsentNode): readonly NodeDependency[]
  /** Returns the dependencies of an absent node that are absent too. */
  awaited(node: AbsentNode): readonly AbsentNode[]
}

/** A dependency as written, before names are known: a plain value, or a reference to a group. */
export type Written =
  | { readonly kind: 'value'; readonly node: RenderedNode }
  | { readonly kind: 'reference'; readonly reference: TemplateNode & Reference }

/** A dependency on a known node, or a value that does not name a node of its file. */
export type NodeDependency =
  | { readonly kind: 'node'; readonly record: NodeRecord; readonly place: Place; readonly isReferred: boolean }
  | { readonly kind: 'value'; readonly node: RenderedNode; readonly isPassedOn: boolean }

/** A node of the workflow while it is being made. */
export interface NodeRecord {
  readonly node: RenderedNode
  readonly trail: readonly Round[]
  /** made in a loop */
  readonly isRepeated: boolean
  /** its name, if any; includes around it add prefixes */
  name: { readonly text: string; readonly isComputed: boolean } | undefined
  /** dependencies that are not resolved yet, as written in the current file */
  written: Written[]
  resolved: NodeDependency[]
}

/** Returns the nodes of a group that do not depend on others of the group. */
export function rootsOf(members: readonly NodeRecord[]): NodeRecord[] {
  const inside = new Set(members)
  return members.filter(({ resolved }) => !resolved.some((dep) => dep.kind === 'node' && inside.has(dep.record)))
}
