import type { OutputSize } from './result.ts'
import { AbsentNodes } from './absent-nodes.ts'
import { functionsOf, itemsOf, payloadOf } from './document-parts.ts'
import type { Evaluation } from './evaluation.ts'
import { placeIn, problemAt } from './problems.ts'
import { at, type Context, emptyAt, type ExpansionOptions } from './expansion.ts'
import { type NodeRecord, rootsOf } from './groups.ts'
import type { Includes } from './includes.ts'
import type { TemplateFile } from './library.ts'
import { finish, nameProblems, recordOf } from './node-record.ts'
import type { Place, RenderedEntry, RenderedNode } from './rendered.ts'
import type { Include, TemplateNode } from './template-node.ts'
import { TreeExpander } from './tree-expander.ts'

/**
 * Expands a template to a document: follows its structural keys, and leaves expressions to an evaluation. So a check
 * with types uses the same rules as rendering with values. The cost is bounded by the size of the output, and by
 * steps for the nodes that are visited.
 */
export class Expander<L> {
  readonly #evaluation: Evaluation<L>
  readonly #tree: TreeExpander<L>
  readonly #size: OutputSize
  readonly #absent: AbsentNodes<L>

  constructor(options: ExpansionOptions<L>) {
    this.#evaluation = options.evaluation
    this.#tree = new TreeExpander(options)
    this.#size = options.size
    this.#absent = new AbsentNodes(options.evaluation, this.#tree)
  }

  /** The packages whose files are included, and those of them that are included for any values. */
  get included(): Pick<Includes<L>, 'opened' | 'certain'> {
    return this.#tree.includes
  }

  /** @throws OutputLimitError */
  document(file: TemplateFile): RenderedNode {
    const context: Context<L> = {
      scope: file.scope,
      locals: new Map(),
      path: [],
      includedAt: [],
      groups: this.#tree.includes.groupsOf(file.template, []),
      members: [],
      trail: [],
      isOptional: false,
      isRepeated: false,
      reads: [],
      includes: [file],
      payload: payloadOf(file.template),
    }
    const { node, inner } = this.#top(file.template, context)
    if (node.kind !== 'map') return this.#tree.value(node, inner) ?? emptyAt(node, context)
    const entries = node.entries.map((entry): RenderedEntry | undefined => {
      const graph = entry.key === 'functions' && entry.node.kind === 'list' ? entry.node : undefined
      if (!graph) return this.#tree.entry(entry, inner)
      const nodes = this.#nodesOf(graph.items, inner)
      this.#size.checkNodes()
      this.#evaluation.problems.push(...nameProblems(nodes))
      return {
        key: entry.key,
        keyPlace: entry.keyPlace,
        node: { ...at(graph, inner), kind: 'list', items: finish(nodes) },
      }
    })
    const origin = { package: file.scope.source.name, payload: context.payload }
    return { ...at(node, context), origin, kind: 'map', entries: entries.filter((entry) => entry !== undefined) }
  }

  /** Returns the map of a document, and the context inside the `$let` that may be at its top level. */
  #top(template: TemplateNode, context: Context<L>): { node: TemplateNode; inner: Context<L> } {
    if (template.kind === 'map' && template.merge)
      this.#report(template, context, '$merge is not allowed at the top level of a document')
    if (template.kind !== 'structure') return { node: template, inner: context }
    const { loop, condition, id, body, lets } = template
    if (loop || condition || id || body.kind !== 'map')
      this.#report(template, context, '$let is the only structural key allowed at the top level of a document')
    const node = body.kind === 'map' ? body.node : ({ ...at(template, context), kind: 'map', entries: [] } as const)
    return { node, inner: this.#tree.unfolding.withLets(lets, context) }
  }

  /** Makes all nodes of one file, and resolves their dependencies at the end. */
  #nodesOf(items: readonly TemplateNode[], context: Context<L>): NodeRecord[] {
    const records = items.flatMap((item, index) => this.#nodes(item, { ...context, path: ['functions', index] }))
    context.groups.resolve(records, this.#evaluation.problems, this.#size)
    return records
  }

  /** Makes the nodes of an item of `functions`. */
  #nodes(item: TemplateNode, context: Context<L>): NodeRecord[] {
    if (item.kind !== 'structure') return this.#record(this.#tree.value(item, context), context)
    const group = item.id && context.groups.open(item.id.name, context.trail)
    const grouped = group ? { ...context, members: [...context.members, group] } : context
    const { body, lets } = item
    return this.#tree.unfolding.unfold(
      item,
      grouped,
      (inner) => {
        if (body.kind === 'map') return this.#record(this.#tree.value(body.node, inner), inner)
        if (body.kind === 'do') return body.items.flatMap((node) => this.#nodes(node, inner))
        return this.#includedNodes(body, inner)
      },
      (inner) => {
        context.groups.leaveOut(() => {
          this.#absent.add(body, lets, inner)
        })
      },
    )
  }

  #record(node: RenderedNode | undefined, context: Context<L>): NodeRecord[] {
    if (!node) return []
    this.#size.addNode()
    const { isOptional, isRepeated, reads } = context
    const marked = {
      ...node,
      origin: { package: context.scope.source.name, payload: context.payload },
      ...(isOptional && { isOptional }),
      ...(reads.length > 0 && { reads: [...new Set([...(node.reads ?? []), ...reads])].sort() }),
    }
    const record = recordOf(marked, { trail: context.trail, isRepeated }, this.#tree.drafts)
    for (const group of context.members) group.members.push(record)
    return [record]
  }

  #includedNodes(include: Include, context: Context<L>): NodeRecord[] {
    const opened = this.#tree.includes.open(include, context)
    if (!opened) return []
    const { file, inner } = opened
    const items = file.isPartial ? itemsOf(file.template) : functionsOf(file.template)
    if (!items)
      this.#report(
        include.place,
        context,
        `${file.file} is not a workflow: only the nodes of a workflow can be included`,
      )
    const groups = this.#tree.includes.groupsOf(file.template, inner.includedAt)
    const records = this.#nodesOf(items ?? [], { ...inner, groups })
    context.groups.addIncluded(groups, this.#prefix(include, records, context))
    if (records.length === 0)
      context.groups.leaveOut(() => {
        this.#absent.addInclude(include, context)
      })
    const path = [...context.path, 'conditions', 'dependencies']
    const { dependencies } = include
    if (dependencies && dependencies.kind !== 'list') this.#report(dependencies, context, 'dependencies must be a list')
    const written = dependencies?.kind === 'list' ? this.#tree.written(dependencies.items, { ...context, path }) : []
    for (const root of rootsOf(records)) root.written.push(...written)
    return records
  }

  /** Adds the prefix of `$as` to the names of the included nodes, and returns it. */
  #prefix({ prefix }: Include, records: readonly NodeRecord[], context: Context<L>): string | undefined {
    if (!prefix) return undefined
    const node = this.#tree.value(prefix, { ...context, path: [...context.path, '$as'] })
    if (node?.kind !== 'scalar' || node.value === '') return undefined
    for (const record of records)
      if (record.name)
        record.name = {
          text: `${String(node.value)}-${record.name.text}`,
          isComputed: record.name.isComputed || node.isComputed,
        }
    return String(node.value)
  }

  #report(place: Place, context: Context<L>, message: string): void {
    this.#evaluation.problems.push(problemAt(placeIn(place, context), message))
  }
}
