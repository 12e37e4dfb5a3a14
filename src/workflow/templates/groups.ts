import type { Place, RenderedNode } from './rendered.ts'
import type { Reference, Structure, TemplateNode } from './template-node.ts'

/** One round of a loop: groups made in a round are seen from within it, those of all rounds from outside. */
export interface Round {
  readonly structure: Structure
  readonly number: number
}

/** The nodes that an item with `$id` made; one for each time that it was reached. */
export interface Group {
  readonly id: string
  readonly trail: readonly Round[]
  readonly members: NodeRecord[]
  /** the nodes that it would have, had a condition or an empty loop not left them out */
  readonly absent: AbsentNode[]
}

/** A node that was left out: where its group comes out empty, what the node would have waited for is waited for instead. */
export interface AbsentNode {
  /** undefined where it has none, or where none can be told, as in a loop without rounds */
  readonly name: string | undefined
  readonly trail: readonly Round[]
  readonly written: readonly Written[]
  readonly file: FileWithAbsent
}

/** The file that a node was left out of. */
export interface FileWithAbsent {
  /** Looks for the nodes that were left out of the file and of those it includes, once. */
  findAbsent(): void
  /** those with a name as this file knows it */
  absentNamed(name: string): readonly AbsentNode[]
  /** what a node of it would have waited for, of what is there */
  passedOn(node: AbsentNode): readonly NodeDependency[]
  /** what a node of it would have waited for, of what was left out too */
  awaited(node: AbsentNode): readonly AbsentNode[]
}

/** What stands among the dependencies of a node, before names are known: a plain value, or a reference to a group. */
export type Written =
  | { readonly kind: 'value'; readonly node: RenderedNode }
  | { readonly kind: 'reference'; readonly reference: TemplateNode & Reference }

/** A dependency whose node is known, or a value that names none in its file. */
export type NodeDependency =
  | { readonly kind: 'node'; readonly record: NodeRecord; readonly place: Place; readonly isReferred: boolean }
  | { readonly kind: 'value'; readonly node: RenderedNode; readonly isPassedOn: boolean }

/** A node of the workflow while it is made. */
export interface NodeRecord {
  readonly node: RenderedNode
  readonly trail: readonly Round[]
  /** made in a loop */
  readonly isRepeated: boolean
  /** its name, if it has one; changed by the prefixes of the includes around it */
  name: { readonly text: string; readonly isComputed: boolean } | undefined
  /** not yet resolved: what was written in the file that is being read */
  written: Written[]
  resolved: NodeDependency[]
}

/** Nodes of a group that wait for none of it. */
export function rootsOf(members: readonly NodeRecord[]): NodeRecord[] {
  const inside = new Set(members)
  return members.filter(({ resolved }) => !resolved.some((dep) => dep.kind === 'node' && inside.has(dep.record)))
}
