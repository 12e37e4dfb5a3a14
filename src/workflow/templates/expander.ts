import { type PayloadKind, PAYLOADS } from '../../schema/specs/workflow.ts'
import { OutputLimitError, type OutputSize } from '../expressions/result.ts'
import { type Evaluation, isDataPlace, type Local, type Locals, problemAt, type Where } from './evaluation.ts'
import { FileGroups, type Group, type NodeRecord, type Round, rootsOf, type Written } from './groups.ts'
import type { Library, TemplateFile } from './library.ts'
import { mergeEntries } from './merge.ts'
import { type Drafts, finish, nameProblems, recordOf } from './node-record.ts'
import type { Place, RenderedEntry, RenderedNode } from './rendered.ts'
import type { Include, Structure, TemplateMap, TemplateNode } from './template-node.ts'

/** How deep includes may be nested: more is a mistake. */
const MAX_INCLUDES = 16

interface Context<L> extends Where<L> {
  readonly groups: FileGroups
  /** the groups that a node made here belongs to */
  readonly members: readonly Group[]
  readonly trail: readonly Round[]
  /** a condition or a loop around this decides how often it is there */
  readonly isOptional: boolean
  readonly isRepeated: boolean
  /** the inputs that decide it */
  readonly reads: readonly string[]
  readonly includes: readonly TemplateFile[]
  /** how the files of the package reach the executors of its nodes */
  readonly payload: PayloadKind
}

interface ExpanderOptions<L> {
  library: Library
  evaluation: Evaluation<L>
  size: OutputSize
  /** how many nodes of templates may be visited, whatever comes of them */
  maxSteps: number
}

/**
 * Makes a document of a template: goes through its structural keys, and leaves expressions to an evaluation. So a template
 * is checked, with types, by the same rules as it is rendered, with values. All it may cost is bounded: what comes out by
 * the size of the output, what is visited by steps.
 */
export class Expander<L> {
  readonly #library: Library
  readonly #evaluation: Evaluation<L>
  readonly #size: OutputSize
  readonly #drafts: Drafts = new WeakMap()
  #steps: number
  #rounds = 0

  constructor({ library, evaluation, size, maxSteps }: ExpanderOptions<L>) {
    this.#library = library
    this.#evaluation = evaluation
    this.#size = size
    this.#steps = maxSteps
  }

  /** @throws OutputLimitError */
  document(file: TemplateFile): RenderedNode {
    const context: Context<L> = {
      scope: file.scope,
      locals: new Map(),
      path: [],
      groups: this.#groupsOf(file.template),
      members: [],
      trail: [],
      isOptional: false,
      isRepeated: false,
      reads: [],
      includes: [file],
      payload: payloadOf(file.template),
    }
    const { node, inner } = this.#top(file.template, context)
    if (node.kind !== 'map') return this.#value(node, inner) ?? emptyAt(node)
    const entries = node.entries.map((entry): RenderedEntry | undefined => {
      const graph = entry.key === 'functions' && entry.node.kind === 'list' ? entry.node : undefined
      if (!graph) return this.#entry(entry, inner)
      const nodes = this.#nodesOf(graph.items, inner)
      this.#evaluation.problems.push(...nameProblems(nodes))
      return {
        key: entry.key,
        keyPlace: entry.keyPlace,
        node: { ...at(graph), kind: 'list', items: nodes.map(finish) },
      }
    })
    const origin = { package: file.scope.source.name, payload: context.payload }
    return { ...at(node), origin, kind: 'map', entries: entries.filter((entry) => entry !== undefined) }
  }

  /** The map that a document is; at its top there may be `$let`. */
  #top(template: TemplateNode, context: Context<L>): { node: TemplateNode; inner: Context<L> } {
    if (template.kind === 'map' && template.merge) this.#report(template, '$merge can’t stand at the top of a document')
    if (template.kind !== 'structure') return { node: template, inner: context }
    const { loop, condition, id, body, lets } = template
    if (loop || condition || id || body.kind !== 'map')
      this.#report(template, 'at the top of a document stands no structural key but $let')
    const node = body.kind === 'map' ? body.node : ({ ...at(template), kind: 'map', entries: [] } as const)
    return { node, inner: this.#withLets(lets, context) }
  }

  /** All nodes of one file; what they wait for is known at the end. */
  #nodesOf(items: readonly TemplateNode[], context: Context<L>): NodeRecord[] {
    const records = items.flatMap((item, index) => this.#nodes(item, { ...context, path: ['functions', index] }))
    context.groups.resolve(records, this.#evaluation.problems)
    return records
  }

  /** The nodes that an item of `functions` makes. */
  #nodes(item: TemplateNode, context: Context<L>): NodeRecord[] {
    if (item.kind !== 'structure') return this.#record(this.#value(item, context), context)
    const group = item.id && context.groups.open(item.id.name, context.trail)
    const grouped = group ? { ...context, members: [...context.members, group] } : context
    return this.#unfold(item, grouped, (inner) => {
      const { body } = item
      if (body.kind === 'map') return this.#record(this.#value(body.node, inner), inner)
      if (body.kind === 'do') return body.items.flatMap((node) => this.#nodes(node, inner))
      return this.#includedNodes(body, inner)
    })
  }

  #record(node: RenderedNode | undefined, context: Context<L>): NodeRecord[] {
    if (!node) return []
    const { isOptional, isRepeated, reads } = context
    const marked = {
      ...node,
      origin: { package: context.scope.source.name, payload: context.payload },
      ...(isOptional && { isOptional }),
      ...(reads.length > 0 && { reads: [...new Set([...(node.reads ?? []), ...reads])].sort() }),
    }
    const record = recordOf(marked, { trail: context.trail, isRepeated }, this.#drafts)
    for (const group of context.members) group.members.push(record)
    return [record]
  }

  #includedNodes(include: Include, context: Context<L>): NodeRecord[] {
    const opened = this.#open(include, context)
    if (!opened) return []
    const { file, inner } = opened
    const items = file.isPartial ? itemsOf(file.template) : this.#functionsOf(file, include.place)
    const records = this.#nodesOf(items, { ...inner, groups: this.#groupsOf(file.template) })
    this.#prefix(include, records, context)
    const path = [...context.path, 'conditions', 'dependencies']
    const { dependencies } = include
    if (dependencies && dependencies.kind !== 'list') this.#report(dependencies, 'dependencies are a list')
    const written = dependencies?.kind === 'list' ? this.#written(dependencies.items, { ...context, path }) : []
    for (const root of rootsOf(records)) root.written.push(...written)
    return records
  }

  /** The nodes of another package's workflow, as they are written. */
  #functionsOf(file: TemplateFile, place: Place): readonly TemplateNode[] {
    const { template } = file
    const map = template.kind === 'structure' && template.body.kind === 'map' ? template.body.node : template
    const entries = map.kind === 'map' ? map.entries : []
    const kind = entries.find(({ key }) => key === 'kind')?.node
    const functions = entries.find(({ key }) => key === 'functions')?.node
    if (kind?.kind === 'scalar' && kind.value === 'Workflow' && functions?.kind === 'list') {
      if (template.kind !== 'structure') return functions.items
      // The names of the other workflow's $let are around each of its nodes.
      const body = { kind: 'do', items: functions.items, place: functions } as const
      return [{ ...template, body }]
    }
    this.#report(place, `${file.file} is no workflow: only the nodes of a workflow can be included`)
    return []
  }

  #prefix({ prefix }: Include, records: readonly NodeRecord[], context: Context<L>): void {
    if (!prefix) return
    const node = this.#value(prefix, { ...context, path: [...context.path, '$as'] })
    if (node?.kind !== 'scalar' || node.value === '') return
    for (const record of records)
      if (record.name)
        record.name = {
          text: `${node.value}-${record.name.text}`,
          isComputed: record.name.isComputed || node.isComputed,
        }
  }

  /** Opens what an include names, in the context that its text is read in. */
  #open(include: Include, context: Context<L>): { file: TemplateFile; inner: Context<L> } | undefined {
    const opened = this.#library.include(include.target, context.scope)
    if (!opened.found) {
      if (opened.message !== undefined) this.#report(include.place, opened.message)
      this.#evaluation.problems.push(...opened.problems)
      return undefined
    }
    const file = opened.found
    const chain = [...context.includes, file]
    if (context.includes.includes(file) || chain.length > MAX_INCLUDES) {
      const names = chain.map((entry) => entry.file).join(' -> ')
      const why =
        chain.length > MAX_INCLUDES ? `includes are nested deeper than ${MAX_INCLUDES}` : 'a file includes itself'
      this.#report(include.place, `${why}: ${names}`)
      return undefined
    }
    // A partial of the same package is read as if it stood here; another package knows nothing of ours.
    const isOurs = file.scope === context.scope
    const locals: Locals<L> = isOurs ? context.locals : new Map()
    const payload = file.isPartial ? context.payload : payloadOf(file.template)
    return { file, inner: { ...context, scope: file.scope, locals, includes: chain, payload } }
  }

  /** Goes through the rounds of a structure; its body is made in each that is wanted. */
  #unfold<T>(structure: Structure, context: Context<L>, make: (inner: Context<L>) => T[]): T[] {
    const { loop, lets, condition } = structure
    const isOptional = context.isOptional || condition !== undefined
    const once = (outer: Context<L>): T[] => {
      this.#step()
      const inner = this.#withLets(lets, outer)
      if (!condition) return make(inner)
      const isWanted = this.#evaluation.condition(condition, inner)
      const reads = this.#evaluation.reads(condition, inner.locals)
      return isWanted ? make({ ...inner, isOptional, reads: [...inner.reads, ...reads] }) : []
    }
    if (!loop) return once(context)
    const rounds = this.#evaluation.rounds(loop, context)
    const reads = this.#evaluation.reads(loop.list, context.locals)
    if (rounds.length > this.#steps) this.#steps = 0 // there is no need to begin
    return rounds.flatMap(({ item, index }) => {
      const variables: [string, Local<L>][] = [[loop.variable, { value: item, reads }]]
      if (loop.index !== undefined) variables.push([loop.index, { value: index, reads }])
      return once({
        ...context,
        locals: new Map([...context.locals, ...variables]),
        trail: [...context.trail, { structure, number: this.#rounds++ }],
        isRepeated: true,
        reads: [...context.reads, ...reads],
      })
    })
  }

  #withLets(lets: Structure['lets'], context: Context<L>): Context<L> {
    let { locals } = context
    for (const { name, node } of lets) {
      const where = { ...context, locals }
      const parts = node.kind === 'text' ? node.parts : []
      const value = this.#evaluation.local(node, where)
      // Asked for afterwards: the check finds out what an expression reads when it goes through it.
      const reads = parts.flatMap((part) =>
        part.kind === 'expression' ? this.#evaluation.reads(part, where.locals) : [],
      )
      locals = new Map([...locals, [name, { value, reads: [...new Set(reads)] }]])
    }
    return { ...context, locals }
  }

  /** A node of the output, or nothing where `$if` leaves it out. */
  #value(node: TemplateNode, context: Context<L>): RenderedNode | undefined {
    this.#step()
    const { path } = context
    switch (node.kind) {
      case 'text':
        return this.#evaluation.text(node, context)
      case 'scalar':
        this.#size.add(path.length, typeof node.value === 'string' ? node.value.length : 0)
        return { ...at(node), kind: 'scalar', value: node.value }
      case 'list':
        return this.#list(node, context)
      case 'map':
        return this.#map(node, context)
      case 'structure':
        return this.#structure(node, context)
      case 'reference':
        this.#report(node, `$${node.which} stands only among the dependencies of a node`)
        return emptyAt(node)
    }
  }

  #list(node: TemplateNode & { kind: 'list' }, context: Context<L>): RenderedNode {
    this.#size.add(context.path.length, 0)
    const { path } = context
    const isDependencies = path.length === 4 && path[0] === 'functions' && path[2] === 'conditions' && path[3] === 'dependencies' // prettier-ignore
    if (isDependencies) {
      const draft: RenderedNode = { ...at(node), kind: 'list', items: [] }
      this.#drafts.set(draft, this.#written(node.items, context))
      return draft
    }
    const items = node.items.flatMap((item, index) => this.#items(item, { ...context, path: [...path, index] }))
    return { ...at(node), kind: 'list', items }
  }

  /** What an item of a list makes. */
  #items(item: TemplateNode, context: Context<L>): RenderedNode[] {
    if (item.kind !== 'structure') {
      const value = this.#value(item, context)
      return value ? [value] : []
    }
    if (item.id) this.#report(item.id.place, '$id names nodes: it stands only in items of functions')
    return this.#unfold(item, context, (inner) => {
      const { body } = item
      if (body.kind === 'do') return body.items.flatMap((entry) => this.#items(entry, inner))
      if (body.kind === 'map') return this.#marked([this.#map(body.node, inner)], inner)
      const opened = this.#open(body, inner)
      this.#refuseNodeKeys(body)
      return opened ? itemsOf(opened.file.template).flatMap((entry) => this.#items(entry, opened.inner)) : []
    })
  }

  #marked(nodes: RenderedNode[], { isOptional, reads }: Context<L>): RenderedNode[] {
    if (!isOptional && reads.length === 0) return nodes
    return nodes.map((node) => ({
      ...node,
      isOptional,
      ...(reads.length > 0 && { reads: [...new Set(reads)].sort() }),
    }))
  }

  #structure(node: TemplateNode & Structure, context: Context<L>): RenderedNode | undefined {
    const { loop, id, body } = node
    if (loop) this.#report(loop.place, '$for makes items: it stands only in lists')
    if (id) this.#report(id.place, '$id names nodes: it stands only in items of functions')
    if (body.kind === 'do') this.#report(body.place, '$do makes items: it stands only in lists')
    const [made] = this.#unfold(node, context, (inner): (RenderedNode | undefined)[] => {
      if (body.kind === 'map') return [this.#map(body.node, inner)]
      if (body.kind === 'do') return []
      this.#refuseNodeKeys(body)
      const opened = this.#open(body, inner)
      return opened ? [this.#value(opened.file.template, opened.inner)] : []
    })
    return made
  }

  #refuseNodeKeys({ prefix, dependencies }: Include): void {
    if (prefix) this.#report(prefix, '$as begins the names of nodes: it stands only in items of functions')
    if (dependencies) this.#report(dependencies, 'only included nodes wait for others: in items of functions')
  }

  #map(node: TemplateNode & TemplateMap, context: Context<L>): RenderedNode {
    this.#size.add(context.path.length, 0)
    const own = node.entries.flatMap((entry) => this.#entry(entry, context) ?? [])
    if (!node.merge) return { ...at(node), kind: 'map', entries: own }
    const layers = node.merge.flatMap((item) => this.#layers(item, context))
    return { ...at(node), kind: 'map', entries: mergeEntries([...layers, own]) }
  }

  /** The maps that an item of `$merge` makes. They stand where the merged map does. */
  #layers(item: TemplateNode, context: Context<L>): (readonly RenderedEntry[])[] {
    return this.#items(item, context).flatMap((layer) => {
      if (layer.kind === 'map') return [layer.entries]
      const isUnknown = layer.kind === 'scalar' && layer.value === null && layer.isComputed
      if (!isUnknown || !isDataPlace(context.path)) this.#report(layer, '$merge takes maps')
      return []
    })
  }

  #entry({ key, keyPlace, node }: { key: string; keyPlace: Place; node: TemplateNode }, context: Context<L>) {
    const value = this.#value(node, { ...context, path: [...context.path, key] })
    if (!value) return undefined
    this.#size.add(context.path.length, key.length)
    return { key, keyPlace, node: value }
  }

  /** What stands among dependencies, with references still as they are. */
  #written(items: readonly TemplateNode[], context: Context<L>): Written[] {
    return items.flatMap((item, index): Written[] => {
      const inner: Context<L> = { ...context, path: [...context.path, index] }
      if (item.kind === 'reference') {
        this.#size.add(inner.path.length, 0)
        return [{ kind: 'reference', reference: item }]
      }
      if (item.kind === 'structure' && item.body.kind === 'do') {
        const { items: body } = item.body
        return this.#unfold(item, inner, (round) => this.#written(body, { ...round, path: context.path }))
      }
      return this.#items(item, inner).map((node) => ({ kind: 'value', node }))
    })
  }

  #groupsOf(template: TemplateNode): FileGroups {
    const ids = idsIn(template)
    const seen = new Set<string>()
    for (const { name, place } of ids) {
      if (seen.has(name)) this.#report(place, `the $id ${name} stands in this file already`)
      seen.add(name)
    }
    return new FileGroups(seen)
  }

  #step(): void {
    if (this.#steps-- <= 0) throw new OutputLimitError('the template’s loops and includes take too many steps')
  }

  #report(place: Place, message: string): void {
    this.#evaluation.problems.push(problemAt(place, message))
  }
}

function itemsOf(template: TemplateNode): readonly TemplateNode[] {
  return template.kind === 'list' ? template.items : [template]
}

/** What a document says under `payload`; a partial is part of the document that includes it. */
function payloadOf(template: TemplateNode): PayloadKind {
  const map = template.kind === 'structure' && template.body.kind === 'map' ? template.body.node : template
  const node = map.kind === 'map' ? map.entries.find(({ key }) => key === 'payload')?.node : undefined
  const written = node?.kind === 'scalar' ? node.value : undefined
  return PAYLOADS.find((kind) => kind === written) ?? 'none'
}

/** The ids that stand in a file, whatever becomes of the items they stand in. */
function idsIn(node: TemplateNode): { readonly name: string; readonly place: Place }[] {
  switch (node.kind) {
    case 'list':
      return node.items.flatMap(idsIn)
    case 'map':
      return [...node.entries.map((entry) => entry.node), ...(node.merge ?? [])].flatMap(idsIn)
    case 'structure': {
      const { id, body } = node
      const below = body.kind === 'map' ? idsIn(body.node) : body.kind === 'do' ? body.items.flatMap(idsIn) : []
      return [...(id ? [id] : []), ...below]
    }
    default:
      return []
  }
}

function at({ file, line, column }: Place): Place & { readonly isComputed: false } {
  return { file, line, column, isComputed: false }
}

function emptyAt(place: Place): RenderedNode {
  return { ...at(place), kind: 'scalar', value: null }
}
