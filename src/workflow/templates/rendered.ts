import type { ExactNumber } from '../../core/exact-json.ts'
import type { Path } from '../../core/yaml.ts'
import type { PayloadKind } from '../../schema/specs/workflow.ts'
import { emptyValues } from '../values/fit-value.ts'

/** A float without a fraction is an object, so that it stays one; from another thread it comes as a mere Number. */
export type Scalar = string | number | boolean | null | ExactNumber

/** Where something stands: the file as problems name it; lines and columns count from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
  /** where the file is one that others include: by which includes it came here, the nearest first */
  readonly includedAt?: readonly Place[]
}

/** The place of something alone, without what stands there. */
export function placeOf({ file, line, column, includedAt }: Place): Place {
  return { file, line, column, ...(includedAt && { includedAt }) }
}

/** A rendered document: plain data of which every node knows the place in the template that it came from. */
export type RenderedNode = Place & {
  /** an expression made it, so without values it is only a sample */
  readonly isComputed: boolean
  /** a condition or a loop decides whether it is there */
  readonly isOptional?: boolean
  /** the inputs that decided its value, or that it is there */
  readonly reads?: readonly string[]
  /** of a node of a workflow: whose it is, when another package's workflow was included */
  readonly origin?: Origin
} & (
    | { readonly kind: 'scalar'; readonly value: Scalar }
    | { readonly kind: 'list'; readonly items: readonly RenderedNode[] }
    | { readonly kind: 'map'; readonly entries: readonly RenderedEntry[] }
  )

/** The package that wrote a node, and how that one wants its files to reach the executor. */
export interface Origin {
  readonly package: string
  readonly payload: PayloadKind
}

export interface RenderedEntry {
  readonly key: string
  readonly keyPlace: Place
  readonly node: RenderedNode
}

/** The document as plain data, as a schema checks it and an engine sends it. */
export function dataOf(node: RenderedNode): unknown {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(dataOf)
  const map = emptyValues()
  for (const { key, node: value } of node.entries) map[key] = dataOf(value)
  return map
}

/** The node at a path, or the nearest one above it when the path leads nowhere. */
export function nodeAt(root: RenderedNode, path: Path): RenderedNode {
  let node = root
  for (const step of path) {
    const next = childOf(node, step)
    if (!next) return node
    node = next
  }
  return node
}

/** Where a key stands, or the nearest value above it. */
export function keyPlace(root: RenderedNode, path: Path): Place {
  const parent = nodeAt(root, path.slice(0, -1))
  const entry = parent.kind === 'map' ? parent.entries.find(({ key }) => key === path.at(-1)) : undefined
  return entry?.keyPlace ?? nodeAt(root, path)
}

function childOf(node: RenderedNode, step: string | number): RenderedNode | undefined {
  if (node.kind === 'list') return typeof step === 'number' ? node.items[step] : undefined
  return node.kind === 'map' ? node.entries.find(({ key }) => key === step)?.node : undefined
}
