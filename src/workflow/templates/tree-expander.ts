import type { OutputSize } from './result.ts'
import { itemsOf } from './document-parts.ts'
import { type Evaluation, isDataPlace } from './evaluation.ts'
import { placeIn, problemAt } from './problems.ts'
import { at, type Context, emptyAt, type ExpansionOptions } from './expansion.ts'
import type { Written } from './groups.ts'
import { Includes } from './includes.ts'
import { mergeEntries } from './merge.ts'
import type { Drafts } from './node-record.ts'
import type { Place, RenderedEntry, RenderedNode, Scalar } from './rendered.ts'
import type { Include, Structure, TemplateEntry, TemplateMap, TemplateNode } from './template-node.ts'
import { Unfolding } from './unfolding.ts'

/** Makes scalars, lists and maps of a document, following the structural keys in them. The expander makes the graph. */
export class TreeExpander<L> {
  readonly includes: Includes<L>
  readonly unfolding: Unfolding<L>
  readonly drafts: Drafts = new WeakMap()
  readonly #evaluation: Evaluation<L>
  readonly size: OutputSize

  constructor({ library, evaluation, size, maxSteps }: ExpansionOptions<L>) {
    this.includes = new Includes(library, evaluation)
    this.unfolding = new Unfolding(evaluation, maxSteps)
    this.#evaluation = evaluation
    this.size = size
  }

  /** Returns a node of the output; undefined if `$if` leaves it out. */
  value(node: TemplateNode, context: Context<L>): RenderedNode | undefined {
    this.unfolding.step()
    const { path } = context
    switch (node.kind) {
      case 'text':
        return this.#evaluation.text(node, context)
      case 'scalar':
        this.size.add(path.length, typeof node.value === 'string' ? node.value.length : 0)
        return { ...at(node, context), kind: 'scalar', value: isDataPlace(path) ? node.value : plainNumber(node.value) }
      case 'list':
        return this.#list(node, context)
      case 'map':
        return this.#map(node, context)
      case 'structure':
        return this.#structure(node, context)
      case 'reference':
        this.#report(node, context, `$${node.which} is allowed only in the dependencies of a node`)
        return emptyAt(node, context)
    }
  }

  entry({ key, keyPlace, node }: TemplateEntry, context: Context<L>): RenderedEntry | undefined {
    const value = this.value(node, { ...context, path: [...context.path, key] })
    if (!value) return undefined
    this.size.add(context.path.length, key.length)
    return { key, keyPlace: placeIn(keyPlace, context), node: value }
  }

  /** Returns the items of a list of dependencies, with unresolved references. */
  written(items: readonly TemplateNode[], context: Context<L>): Written[] {
    return items.flatMap((item, index): Written[] => {
      const inner: Context<L> = { ...context, path: [...context.path, index] }
      if (item.kind === 'reference') {
        this.size.add(inner.path.length, 0)
        return [{ kind: 'reference', reference: { ...item, ...placeIn(item, context) } }]
      }
      if (item.kind === 'structure' && item.body.kind === 'do') {
        const { items: body } = item.body
        return this.unfolding.unfold(item, inner, (round) => this.written(body, { ...round, path: context.path }))
      }
      const { problems } = this.#evaluation
      const before = problems.length
      const nodes = this.#items(item, inner)
      // A dependency that can't be computed is dropped; its problem is reported if the node itself is not absent.
      return problems.length > before ? [] : nodes.map((node) => ({ kind: 'value', node }))
    })
  }

  #list(node: TemplateNode & { kind: 'list' }, context: Context<L>): RenderedNode {
    this.size.add(context.path.length, 0)
    const { path } = context
    const isDependencies = path.length === 4 && path[0] === 'functions' && path[2] === 'conditions' && path[3] === 'dependencies' // prettier-ignore
    if (isDependencies) {
      const draft: RenderedNode = { ...at(node, context), kind: 'list', items: [] }
      this.drafts.set(draft, this.written(node.items, context))
      return draft
    }
    const items = node.items.flatMap((item, index) => this.#items(item, { ...context, path: [...path, index] }))
    return { ...at(node, context), kind: 'list', items }
  }

  /** Returns the nodes that an item of a list makes. */
  #items(item: TemplateNode, context: Context<L>): RenderedNode[] {
    if (item.kind !== 'structure') {
      const value = this.value(item, context)
      return value ? [value] : []
    }
    if (item.id) this.#report(item.id.place, context, '$id names nodes: it is allowed only in items of functions')
    return this.unfolding.unfold(item, context, (inner) => {
      const { body } = item
      if (body.kind === 'do') return body.items.flatMap((entry) => this.#items(entry, inner))
      if (body.kind === 'map') return [marked(this.#map(body.node, inner), inner)]
      const opened = this.includes.open(body, inner)
      this.#refuseNodeKeys(body, inner)
      return opened ? itemsOf(opened.file.template).flatMap((entry) => this.#items(entry, opened.inner)) : []
    })
  }

  #structure(node: TemplateNode & Structure, context: Context<L>): RenderedNode | undefined {
    const { loop, id, body } = node
    if (loop) this.#report(loop.place, context, '$for makes items: it is allowed only in lists')
    if (id) this.#report(id.place, context, '$id names nodes: it is allowed only in items of functions')
    if (body.kind === 'do') this.#report(body.place, context, '$do makes items: it is allowed only in lists')
    const [made] = this.unfolding.unfold(node, context, (inner): (RenderedNode | undefined)[] => {
      if (body.kind === 'map') return [this.#map(body.node, inner)]
      if (body.kind === 'do') return []
      this.#refuseNodeKeys(body, inner)
      const opened = this.includes.open(body, inner)
      return opened ? [this.value(opened.file.template, opened.inner)] : []
    })
    return made
  }

  #refuseNodeKeys({ prefix, dependencies }: Include, context: Context<L>): void {
    if (prefix)
      this.#report(prefix, context, '$as prefixes the names of nodes: it is allowed only in items of functions')
    if (dependencies) this.#report(dependencies, context, 'an $include has dependencies only in items of functions')
  }

  #map(node: TemplateNode & TemplateMap, context: Context<L>): RenderedNode {
    this.size.add(context.path.length, 0)
    const own = node.entries.flatMap((entry) => this.entry(entry, context) ?? [])
    if (!node.merge) return { ...at(node, context), kind: 'map', entries: own }
    const layers = node.merge.flatMap((item) => this.#layers(item, context))
    return { ...at(node, context), kind: 'map', entries: mergeEntries([...layers, own]) }
  }

  /** Returns the maps that an item of `$merge` makes. Their path is that of the merged map. */
  #layers(item: TemplateNode, context: Context<L>): (readonly RenderedEntry[])[] {
    return this.#items(item, context).flatMap((layer) => {
      if (layer.kind === 'map') return [layer.entries]
      const isUnknown = layer.kind === 'scalar' && layer.value === null && layer.isComputed
      if (!isUnknown || !isDataPlace(context.path))
        this.#evaluation.problems.push(problemAt(layer, '$merge takes maps'))
      return []
    })
  }

  #report(place: Place, context: Context<L>, message: string): void {
    this.#evaluation.problems.push(problemAt(placeIn(place, context), message))
  }
}

/** Converts floats to plain numbers: only data distinguishes them from integers. */
function plainNumber(value: Scalar): Scalar {
  return value instanceof Number ? Number(value) : value
}

/** Marks an item that depends on a condition or a loop, with the inputs that these read. */
function marked<L>(node: RenderedNode, { isOptional, reads }: Context<L>): RenderedNode {
  if (!isOptional && reads.length === 0) return node
  return { ...node, isOptional, ...(reads.length > 0 && { reads: [...new Set(reads)].sort() }) }
}
