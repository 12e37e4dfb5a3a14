import { foldPath } from '../../package/entry-path.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import type { Path, Problem } from '../../core/yaml.ts'
import { isMap } from '../values/fit-value.ts'
import { findCycles } from './graph.ts'
import { dataOf, nodeAt, type RenderedNode } from '../templates/rendered.ts'
import { WorkflowSpec } from './spec.ts'
import { shapeProblems } from './spec-problems.ts'

/** Comparing names is costly: after so many mistakes another suggestion helps nobody. */
const MAX_SUGGESTIONS = 100

export type CheckedWorkflow = { spec: WorkflowSpec; problems: [] } | { spec: undefined; problems: readonly Problem[] }

/** A node as far as it can be read, with where it stands. */
interface NodeAt {
  readonly name: string
  readonly path: Path
  readonly dependencies: readonly { readonly name: string; readonly path: Path }[]
  readonly maxwaittime: unknown
}

/** Checks a rendered workflow: its shape, and that an engine would run it as meant. Every problem is told where it stands. */
export function checkWorkflow(file: string, root: RenderedNode): CheckedWorkflow {
  const data = dataOf(root)
  const { success, data: spec, error } = WorkflowSpec.safeParse(data)
  const problems = [...shapeProblems(file, root, error?.issues ?? []), ...graphProblems(file, root, nodesOf(data))]
  return success && problems.length === 0 ? { spec, problems: [] } : { spec: undefined, problems: sorted(problems) }
}

/**
 * Checks the sample of a template, whose values are not known: of what expressions make the type alone, and the graph only
 * where all names in it are written out.
 */
export function checkSample(file: string, sample: RenderedNode): readonly Problem[] {
  const data = dataOf(sample)
  const issues = WorkflowSpec.safeParse(data).error?.issues ?? []
  const certain = issues.filter(({ path, code }) => {
    const node = nodeAt(sample, path as Path)
    const isTyped = node.kind !== 'scalar' || node.value !== null
    return !node.isComputed || (code === 'invalid_type' && isTyped)
  })
  const graph = hasComputedNames(sample) ? [] : graphProblems(file, sample, nodesOf(data))
  return sorted([...shapeProblems(file, sample, certain), ...graph])
}

function hasComputedNames(sample: RenderedNode): boolean {
  const functions = nodeAt(sample, ['functions'])
  if (functions.kind !== 'list') return false
  return functions.items.some((node) => {
    const dependencies = nodeAt(node, ['conditions', 'dependencies'])
    const names = dependencies.kind === 'list' ? dependencies.items : [dependencies]
    return [nodeAt(node, ['nodename']), ...names].some(({ isComputed }) => isComputed)
  })
}

function nodesOf(data: unknown): NodeAt[] {
  const functions = isMap(data) && Array.isArray(data.functions) ? (data.functions as unknown[]) : []
  return functions.flatMap((node, index): NodeAt[] => {
    if (!isMap(node) || typeof node.nodename !== 'string') return []
    const path = ['functions', index]
    const listed = isMap(node.conditions) ? node.conditions.dependencies : undefined
    const dependencies = (Array.isArray(listed) ? (listed as unknown[]) : []).flatMap((name, at) =>
      typeof name === 'string' ? [{ name, path: [...path, 'conditions', 'dependencies', at] }] : [],
    )
    return [{ name: node.nodename, path, dependencies, maxwaittime: node.maxwaittime }]
  })
}

/** What the ColonyOS server does not check, and would wait for ever on, or be damaged by (docs/workflows.md). */
function graphProblems(file: string, root: RenderedNode, nodes: readonly NodeAt[]): Problem[] {
  const problems: Problem[] = []
  const report = (path: Path, message: string) => {
    const { line, column } = nodeAt(root, path)
    problems.push({ file, line, column, message })
  }
  const names = new Map<string, string>()
  for (const { name, path } of nodes) {
    const before = names.get(foldPath(name))
    if (before === name) report([...path, 'nodename'], `two nodes are named ${name}`)
    else if (before !== undefined)
      report([...path, 'nodename'], `${name} and ${before} name the same folder where case is ignored`)
    else names.set(foldPath(name), name)
  }
  const known = new Set(nodes.map(({ name }) => name))
  for (const { name, path, dependencies, maxwaittime } of nodes) {
    const seen = new Set<string>()
    for (const { name: dependency, path: at } of dependencies) {
      if (dependency === name) report(at, `${name} depends on itself`)
      else if (!known.has(dependency))
        report(
          at,
          `there is no node ${dependency}${problems.length < MAX_SUGGESTIONS ? didYouMean(dependency, known) : ''}`,
        )
      else if (seen.has(dependency)) report(at, `${dependency} stands here twice: its output would come in twice`)
      seen.add(dependency)
    }
    if (dependencies.length > 0 && typeof maxwaittime === 'number' && maxwaittime > 0)
      report(
        [...path, 'maxwaittime'],
        'maxwaittime counts from the submission, not from when the dependencies are done: leave it out',
      )
  }
  if (names.size < nodes.length) return problems
  const graph = nodes.map(({ name, dependencies }) => ({ name, dependencies: dependencies.map((d) => d.name) }))
  const places = new Map(nodes.map(({ name, path }) => [name, path]))
  for (const cycle of findCycles(graph))
    report(
      [...(places.get(cycle[0] ?? '') ?? []), 'nodename'],
      `a cycle of dependencies: ${[...cycle, cycle[0]].join(' -> ')}`,
    )
  return problems
}

function sorted(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column)
}
