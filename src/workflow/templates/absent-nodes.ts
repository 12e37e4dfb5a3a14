import { functionsOf, itemsOf } from './document-parts.ts'
import type { Evaluation } from './evaluation.ts'
import type { Context } from './expansion.ts'
import type { Written } from './groups.ts'
import type { Body, Include, Let, Structure, TemplateMap, TemplateNode } from './template-node.ts'
import type { TreeExpander } from './tree-expander.ts'

/**
 * Finds the names and dependencies of nodes that a condition, an empty loop or an empty include leaves out, which the
 * order of the other nodes needs. Errors, such as unknown variables of a loop without iterations, are ignored,
 * because these nodes do not get into the document.
 */
export class AbsentNodes<L> {
  readonly #evaluation: Evaluation<L>
  readonly #tree: TreeExpander<L>

  constructor(evaluation: Evaluation<L>, tree: TreeExpander<L>) {
    this.#evaluation = evaluation
    this.#tree = tree
  }

  /** Adds the nodes in the body of a structure that is left out. */
  add(body: Body, lets: readonly Let[], context: Context<L>): void {
    this.#quietly(() => {
      this.#body(body, this.#tree.unfolding.withLets(lets, context))
    })
  }

  /** Adds an include without nodes, whose dependencies are written next to it. */
  addInclude({ dependencies }: Include, context: Context<L>): void {
    this.#quietly(() => {
      this.#add(undefined, this.#written(dependencies, context), context)
    })
  }

  #body(body: Body, context: Context<L>): void {
    if (body.kind === 'map') this.#node(body.node, context)
    else if (body.kind === 'do') for (const item of body.items) this.#item(item, context)
    else this.#include(body, context)
  }

  #item(item: TemplateNode, context: Context<L>): void {
    if (item.kind === 'map') this.#node(item, context)
    if (item.kind === 'structure') this.#structure(item, context)
  }

  #structure(item: Structure, context: Context<L>): void {
    const group = item.id && context.groups.open(item.id.name, context.trail)
    const grouped = group ? { ...context, members: [...context.members, group] } : context
    for (const round of this.#tree.unfolding.absentRounds(item, grouped)) this.#body(item.body, round)
  }

  #include(include: Include, context: Context<L>): void {
    this.addInclude(include, context)
    const opened = this.#tree.includes.open(include, context)
    if (!opened) return
    const { file, inner } = opened
    const groups = this.#tree.includes.groupsOf(file.template, inner.includedAt)
    groups.resolve([], this.#evaluation.problems, this.#tree.size)
    context.groups.addIncluded(groups, include.prefix && this.#textOf(include.prefix, context))
    const items = (file.isPartial ? itemsOf(file.template) : functionsOf(file.template)) ?? []
    for (const item of items) this.#item(item, { ...inner, groups })
  }

  #node(node: TemplateMap, context: Context<L>): void {
    const made = this.#tree.value({ ...NOWHERE, ...orderOf(node) }, context)
    const conditions = made?.kind === 'map' ? made.entries.find(({ key }) => key === 'conditions')?.node : undefined
    const list =
      conditions?.kind === 'map' ? conditions.entries.find(({ key }) => key === 'dependencies')?.node : undefined
    const name = node.entries.find(({ key }) => key === 'nodename')?.node
    this.#add(name && this.#textOf(name, context), (list && this.#tree.drafts.get(list)) ?? [], context)
  }

  #add(name: string | undefined, written: readonly Written[], context: Context<L>): void {
    const absent = { name, trail: context.trail, written, file: context.groups }
    context.groups.addAbsent(absent)
    for (const group of context.members) group.absent.push(absent)
  }

  #written(dependencies: TemplateNode | undefined, context: Context<L>): Written[] {
    if (dependencies?.kind !== 'list') return []
    return this.#tree.written(dependencies.items, { ...context, path: [...context.path, 'conditions', 'dependencies'] })
  }

  /** Computes a string; undefined if that fails. */
  #textOf(node: TemplateNode, context: Context<L>): string | undefined {
    const { problems } = this.#evaluation
    const before = problems.length
    const made = this.#tree.value(node, context)
    return made?.kind === 'scalar' && typeof made.value === 'string' && problems.length === before
      ? made.value
      : undefined
  }

  #quietly(find: () => void): void {
    const { problems } = this.#evaluation
    const before = problems.length
    this.#tree.includes.aside(find)
    problems.length = before
  }
}

const NOWHERE = { file: '', line: 1, column: 1 }

/** Reduces a node to what determines its order. Keeps `$merge`, since it may add dependencies. */
function orderOf({ entries, merge }: TemplateMap): TemplateMap {
  return { kind: 'map', entries: entries.filter(({ key }) => key === 'conditions'), ...(merge && { merge }) }
}
