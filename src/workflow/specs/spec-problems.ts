import { z } from 'zod'
import { didYouMean } from '../../core/did-you-mean.ts'
import type { Path, Problem } from '../../core/yaml.ts'
import { problemAt } from '../templates/problems.ts'
import { keyPlace, nodeAt, type RenderedNode } from '../templates/rendered.ts'
import { formatPath } from '../values/shape.ts'

/** Turns the issues that the schema found into problems with their places. */
export function shapeProblems(root: RenderedNode, schema: z.ZodType, issues: readonly z.core.$ZodIssue[]): Problem[] {
  return issues.flatMap((issue) => {
    const path = issue.path as Path
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => problemAt(keyPlace(root, [...path, key]), unknownKey(schema, path, key)))
    }
    const label = formatPath(path[0] === 'functions' && path.length > 2 ? path.slice(2) : path) // the place identifies the node
    if (issue.code === 'invalid_key')
      return [problemAt(keyPlace(root, path), `${label} ${issue.issues[0]?.message ?? issue.message}`)]
    const place = nodeAt(root, path)
    if (!isThere(root, path)) return [problemAt(place, `${label} is missing`)]
    return [problemAt(place, `${label} ${issue.message}`.trim() + readsOf(place))]
  })
}

/** Names the inputs that made a value wrong, for users who set them without seeing the template. */
function readsOf({ isComputed, reads = [] }: RenderedNode): string {
  return isComputed && reads.length > 0 ? ` (it reads ${reads.join(', ')})` : ''
}

/** Keys of ColonyOS that a package's document can't have, and why. */
const KEPT_OUT = new Map([
  ['colonyname', 'colonyname is not allowed: the colony is chosen when the workflow is submitted'],
  ['functionspecs', 'use functions instead of functionspecs'],
  ['workflowspec', 'workflowspec is not allowed: put its nodes under functions'],
  ['random', 'random is not allowed: the server ignores it'],
])

function unknownKey(schema: z.ZodType, path: Path, key: string): string {
  const keys = keysAt(schema, path)
  if (key === 'dependencies' && path.at(-1) === 'conditions')
    return "a document of kind Function can't have dependencies"
  return (keys.length > 0 ? KEPT_OUT.get(key) : undefined) ?? `unknown key ${key}${didYouMean(key, keys)}`
}

function isThere(root: RenderedNode, path: Path): boolean {
  if (path.length === 0) return true
  const parent = nodeAt(root, path.slice(0, -1))
  return nodeAt(root, path) !== parent
}

/** Returns the keys that a schema knows at a path. */
function keysAt(root: z.ZodType, path: Path): string[] {
  let schema = unwrapped(root)
  for (const step of path) {
    if (schema instanceof z.ZodArray) schema = unwrapped(schema.element)
    else if (schema instanceof z.ZodObject && typeof step === 'string') schema = unwrapped(schema.shape[step])
    else return []
  }
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
}

function unwrapped(schema: unknown): unknown {
  let inner = schema
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) inner = inner.unwrap()
  return inner
}
