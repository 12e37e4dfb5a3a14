import type { Problem } from '../../core/yaml.ts'
import { problemAt } from '../templates/problems.ts'
import type { RenderedEntry, RenderedNode } from '../templates/rendered.ts'

/**
 * A spec converted from the form that ColonyOS's server prints and its command line reads. That form has no kind, and
 * an empty string or null for every field that is not set. It is converted first, so that all later code sees only
 * the form that packages use (docs/workflows.md, "What the server prints").
 */
export interface ServerForm {
  readonly root: RenderedNode
  readonly problems: readonly Problem[]
}

/** @param colony the colony that the document is for, if known */
export function fromServerForm(written: RenderedNode, colony?: string): ServerForm {
  const root = withKind(written)
  const problems: Problem[] = []
  const clean = (node: RenderedNode, isAlone: boolean) => cleanFunction(node, { isAlone, colony, problems })
  if (textOf(entryOf(root, 'kind')) === 'Function') return { root: clean(root, true), problems }
  const outer = withoutColony(root, { colony, problems })
  return { root: changed(outer, 'functions', (list) => mapItems(list, (node) => clean(node, false))), problems }
}

/**
 * Adds the kind where it is missing but clear: a list, or a map with `functionspecs`, holds the nodes of a workflow.
 */
function withKind(root: RenderedNode): RenderedNode {
  if (root.isComputed) return root
  if (root.kind === 'list') return mapOf(root, 'Workflow', [entry('functions', root, root)])
  if (root.kind !== 'map' || entryOf(root, 'kind')) return root
  const hasNodes = entryOf(root, 'functionspecs') !== undefined
  const isFunction = entryOf(root, 'funcname') !== undefined
  if (hasNodes === isFunction) return root
  const entries = root.entries.map((one) => (one.key === 'functionspecs' ? { ...one, key: 'functions' } : one))
  return mapOf(root, hasNodes ? 'Workflow' : 'Function', entries)
}

function mapOf(root: RenderedNode, kind: string, entries: readonly RenderedEntry[]): RenderedNode {
  const { file, line, column, includedAt, isComputed } = root
  const place = { file, line, column, ...(includedAt && { includedAt }), isComputed }
  const kindNode: RenderedNode = { ...place, kind: 'scalar', value: kind }
  return { ...place, kind: 'map', entries: [entry('kind', kindNode, root), ...entries] }
}

function entry(key: string, node: RenderedNode, { file, line, column }: RenderedNode): RenderedEntry {
  return { key, keyPlace: { file, line, column }, node }
}

/** Fields that the server prints as null when they are not set, and those that it prints as an empty string. */
const NULLS = ['args', 'kwargs', 'env', 'channels', 'fs', 'label']
const EMPTY = ['label']
const CONDITION_NULLS = ['executornames', 'dependencies', 'gpu']
const CONDITION_EMPTY = ['locationname', 'cpu', 'mem', 'storage']
const GPU_EMPTY = ['name', 'mem']
const FS_NULLS = ['snapshots', 'dirs']

interface Cleaning {
  /** a function outside a workflow: it needs no name and has no dependencies */
  isAlone: boolean
  colony: string | undefined
  problems: Problem[]
}

function cleanFunction(node: RenderedNode, { isAlone, colony, problems }: Cleaning): RenderedNode {
  const own = without(node, { nulls: NULLS, empty: isAlone ? [...EMPTY, 'nodename'] : EMPTY })
  const filed = changed(own, 'fs', (fs) => without(fs, { nulls: FS_NULLS, empty: ['mount'] }))
  return changed(withoutEmptyMap(filed, 'fs'), 'conditions', (written) => {
    const conditions = without(written, { nulls: CONDITION_NULLS, empty: CONDITION_EMPTY })
    const alone = isAlone ? without(conditions, { lists: ['dependencies'] }) : conditions
    const gpu = changed(alone, 'gpu', (one) => without(one, { empty: GPU_EMPTY }))
    return withoutColony(withoutEmptyMap(gpu, 'gpu'), { colony, problems })
  })
}

/** Removes the colony, which is chosen on submission. A document that names a different colony is not for this one. */
function withoutColony(node: RenderedNode, { colony, problems }: Omit<Cleaning, 'isAlone'>): RenderedNode {
  const named = entryOf(node, 'colonyname')
  const name = textOf(named)
  if (!named || name === undefined) return node
  if (name !== '' && colony !== undefined && name !== colony)
    problems.push(
      problemAt(named, `colonyname is ${name}, but the colony in use is ${colony}: remove it, or use that colony`),
    )
  return filtered(node, ({ key }) => key !== 'colonyname')
}

interface Nothings {
  nulls?: readonly string[]
  empty?: readonly string[]
  lists?: readonly string[]
}

function without(node: RenderedNode, { nulls = [], empty = [], lists = [] }: Nothings): RenderedNode {
  return filtered(node, ({ key, node: value }) => {
    if (value.kind === 'list') return !(lists.includes(key) && value.items.length === 0)
    if (value.kind !== 'scalar') return true
    return !((value.value === null && nulls.includes(key)) || (value.value === '' && empty.includes(key)))
  })
}

function withoutEmptyMap(node: RenderedNode, name: string): RenderedNode {
  return filtered(node, ({ key, node: value }) => key !== name || value.kind !== 'map' || value.entries.length > 0)
}

function filtered(node: RenderedNode, keeps: (entry: RenderedEntry) => boolean): RenderedNode {
  if (node.kind !== 'map' || node.entries.every(keeps)) return node
  return { ...node, entries: node.entries.filter(keeps) }
}

function changed(node: RenderedNode, name: string, change: (value: RenderedNode) => RenderedNode): RenderedNode {
  if (node.kind !== 'map') return node
  const entries = node.entries.map((one) => (one.key === name ? { ...one, node: change(one.node) } : one))
  return { ...node, entries }
}

function mapItems(list: RenderedNode, change: (item: RenderedNode) => RenderedNode): RenderedNode {
  return list.kind === 'list' ? { ...list, items: list.items.map(change) } : list
}

function entryOf(node: RenderedNode, name: string): RenderedNode | undefined {
  return node.kind === 'map' ? node.entries.find(({ key }) => key === name)?.node : undefined
}

function textOf(node: RenderedNode | undefined): string | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined
}
