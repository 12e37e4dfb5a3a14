import type { ExactNumber } from '../../core/exact-json.ts'
import type { Path } from '../../core/yaml.ts'
import type { PayloadKind } from '../../schema/specs/workflow.ts'
import { emptyValues } from '../values/fit-value.ts'

/** A float without a fraction is an object, so that it stays a float; from another thread, it arrives as a Number. */
export type Scalar = string | number | boolean | null | ExactNumber

/** A place in a file, named as in problems. Lines and columns start at 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
  /** the includes that led to the file, if it was included; the innermost first */
  readonly includedAt?: readonly Place[]
}

/** Returns only the place of a node. */
export function placeOf({ file, line, column, includedAt }: Place): Place {
  return { file, line, column, ...(includedAt && { includedAt }) }
}

/** A rendered document: plain data in which every node has its place in the template. */
export type RenderedNode = Place & {
  /** an expression makes it, so without values it is only a sample */
  readonly isComputed: boolean
  /** a condition or a loop decides whether it exists */
  readonly isOptional?: boolean
  /** the inputs that determine its value, or whether it exists */
  readonly reads?: readonly string[]
  /** for nodes of a workflow: the package that the node comes from */
  readonly origin?: Origin
} & (
    | { readonly kind: 'scalar'; readonly value: Scalar }
    | { readonly kind: 'list'; readonly items: readonly RenderedNode[] }
    | { readonly kind: 'map'; readonly entries: readonly RenderedEntry[] }
  )

/** The package that a node comes from, and how its files reach the executor. */
export interface Origin {
  readonly package: string
  readonly payload: PayloadKind
}

export interface RenderedEntry {
  readonly key: string
  readonly keyPlace: Place
  readonly node: RenderedNode
}

/** Converts a document to plain data, as schemas check it and engines send it. */
export function dataOf(node: RenderedNode): unknown {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(dataOf)
  const map = emptyValues()
  for (const { key, node: value } of node.entries) map[key] = dataOf(value)
  return map
}

/** Returns the node at a path, or the nearest node above it if there is none. */
export function nodeAt(root: RenderedNode, path: Path): RenderedNode {
  let node = root
  for (const step of path) {
    const next = childOf(node, step)
    if (!next) return node
    node = next
  }
  return node
}

/** Returns the place of a key, or of the nearest value above it. */
export function keyPlace(root: RenderedNode, path: Path): Place {
  const parent = nodeAt(root, path.slice(0, -1))
  const entry = parent.kind === 'map' ? parent.entries.find(({ key }) => key === path.at(-1)) : undefined
  return entry?.keyPlace ?? nodeAt(root, path)
}

function childOf(node: RenderedNode, step: string | number): RenderedNode | undefined {
  if (node.kind === 'list') return typeof step === 'number' ? node.items[step] : undefined
  return node.kind === 'map' ? node.entries.find(({ key }) => key === step)?.node : undefined
}
