import type { z } from 'zod'
import type { Path, Problem } from '../../core/yaml.ts'
import type { RenderedNode } from '../templates/rendered.ts'
import { shapeProblems } from './spec-problems.ts'

/**
 * Removes the keys that a schema does not know, as ColonyOS's server does, and reports each of them as a problem.
 * @param issues what the schema found in the unchanged document
 */
export function withoutUnknownKeys(
  root: RenderedNode,
  schema: z.ZodType,
  issues: readonly z.core.$ZodIssue[],
): { root: RenderedNode; dropped: readonly Problem[] } {
  const unknown = issues.filter((issue) => issue.code === 'unrecognized_keys')
  const dropped = shapeProblems(root, schema, unknown)
  const kept = unknown.reduce((node, { path, keys }) => withoutKeys(node, path as Path, new Set(keys)), root)
  return { root: kept, dropped: dropped.map((one) => ({ ...one, message: `${one.message}; it is dropped` })) }
}

function withoutKeys(node: RenderedNode, [step, ...rest]: Path, keys: ReadonlySet<string>): RenderedNode {
  if (node.kind === 'list')
    return { ...node, items: node.items.map((item, at) => (at === step ? withoutKeys(item, rest, keys) : item)) }
  if (node.kind !== 'map') return node
  if (step === undefined) return { ...node, entries: node.entries.filter(({ key }) => !keys.has(key)) }
  return {
    ...node,
    entries: node.entries.map((one) => (one.key === step ? { ...one, node: withoutKeys(one.node, rest, keys) } : one)),
  }
}
