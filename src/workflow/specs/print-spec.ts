import { Document, isCollection, isMap, isScalar, isSeq, type Node, Scalar } from 'yaml'
import { printYaml } from '../../core/print-yaml.ts'
import { spotText } from '../../core/problem.ts'
import type { Path } from '../../core/yaml.ts'
import type { SpecDocument } from '../../schema/specs/documents.ts'
import { nodeAt, type Place, placeOf, type RenderedNode } from '../templates/rendered.ts'
import { formatPath } from '../values/shape.ts'

/** Where a value of a rendered document comes from. */
export interface ValueSource {
  /** in the document, such as functions[0].nodename */
  readonly path: string
  readonly file: string
  readonly line: number
  readonly column: number
  /** where the file is included, the innermost include first */
  readonly includedAt?: readonly Place[]
  /** the inputs that determine it */
  readonly reads: readonly string[]
}

/** Prints a spec as YAML for people, without empty lists and maps; with `source`, also where each value comes from. */
export function printSpec(spec: SpecDocument, source?: RenderedNode): string {
  const document = new Document(withoutEmpty(spec))
  if (source) annotate(document.contents, source, [])
  return printYaml(document, { flowCollectionPadding: true })
}

/** Returns the source of every node and of every value in the template. All other values are defaults. */
export function sourcesIn(root: RenderedNode): ValueSource[] {
  const visit = (node: RenderedNode, path: Path): ValueSource[] => {
    const own = sourceOf(node, path)
    if (node.kind === 'scalar') return [own]
    if (node.kind === 'list') {
      const isNodes = path.length === 1 && path[0] === 'functions'
      return node.items.flatMap((item, index) => {
        const at = [...path, index]
        return [...(isNodes ? [sourceOf(item, at)] : []), ...visit(item, at)]
      })
    }
    return node.entries.flatMap(({ key, node: value }) => visit(value, [...path, key]))
  }
  return visit(root, [])
}

function sourceOf(node: RenderedNode, path: Path): ValueSource {
  return { path: formatPath(path), ...placeOf(node), reads: node.reads ?? [] }
}

function annotate(node: Node | null, root: RenderedNode, path: Path): void {
  if (isScalar(node)) {
    node.comment = ` ${sourceText(root, path)}`
    return
  }
  if (isMap(node)) {
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : ''
      if (isCollection(value) && value.items.length > 0) value.flow = false
      annotate(value as Node | null, root, [...path, name])
    }
  }
  if (!isSeq(node)) return
  node.items.forEach((item, index) => {
    const at = [...path, index]
    const isNode = path.length === 1 && path[0] === 'functions'
    if (isNode) (item as Node).commentBefore = ` ${sourceText(root, at)}`
    annotate(item as Node, root, at)
  })
}

function sourceText(root: RenderedNode, path: Path): string {
  const node = nodeAt(root, path)
  if (path.length > 0 && nodeAt(root, path.slice(0, -1)) === node && node.kind !== 'scalar')
    return path.includes('cpm') || path.includes('fs') ? 'payload' : 'default'
  const { reads = [], includedAt = [] } = node
  const ways = includedAt.length > 0 ? `, included at ${includedAt.map(spotText).join(' from ')}` : ''
  return `${spotText(node)}${reads.length > 0 ? ` reads ${reads.join(', ')}` : ''}${ways}`
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty)
  if (value instanceof Number) return Object.assign(new Scalar(Number(value)), { minFractionDigits: 1 })
  if (value === null || typeof value !== 'object') return value
  const kept = Object.entries(value).filter(([key, entry]) => !(EMPTY_DEFAULTS.has(key) && isEmpty(entry)))
  return Object.fromEntries(kept.map(([key, entry]) => [key, withoutEmpty(entry)]))
}

/** Fields for which empty and missing mean the same. */
const EMPTY_DEFAULTS = new Set(['args', 'kwargs', 'env', 'dependencies'])

function isEmpty(value: unknown): boolean {
  return value !== null && typeof value === 'object' && Object.keys(value).length === 0
}
