import { foldPath } from '../../package/entry-path.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import type { Path, Problem } from '../../core/yaml.ts'
import type { SpecKind } from '../../schema/specs/documents.ts'
import { nodeAt, type RenderedNode } from '../templates/rendered.ts'
import { isMap } from '../values/fit-value.ts'
import { findCycles } from './graph.ts'

/** Comparing names is costly: after so many mistakes another suggestion helps nobody. */
const MAX_SUGGESTIONS = 100

/** A node as far as it can be read, with where it stands. */
interface NodeAt {
  readonly name: string
  readonly path: Path
  readonly dependencies: readonly { readonly name: string; readonly path: Path }[]
  readonly data: Readonly<Record<string, unknown>>
}

type Report = (path: Path, message: string) => void

/** What the ColonyOS server does not check, and would wait for ever on, or be damaged by (docs/workflows.md). */
export function graphProblems(file: string, root: RenderedNode, data: unknown, kind: SpecKind): Problem[] {
  const nodes = nodesOf(data)
  const problems: Problem[] = []
  const report: Report = (path, message) => {
    const { line, column } = nodeAt(root, path)
    problems.push({ file, line, column, message })
  }
  const isNamedOnce = reportNames(nodes, report)
  reportDependencies(nodes, report, (word, known) => (problems.length < MAX_SUGGESTIONS ? didYouMean(word, known) : ''))
  for (const node of nodes) reportFields(node, kind, report)
  if (isNamedOnce) reportCycles(nodes, report)
  return problems
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
    return [{ name: node.nodename, path, dependencies, data: node }]
  })
}

function reportNames(nodes: readonly NodeAt[], report: Report): boolean {
  const names = new Map<string, string>()
  for (const { name, path } of nodes) {
    const before = names.get(foldPath(name))
    if (before === name) report([...path, 'nodename'], `two nodes are named ${name}`)
    else if (before !== undefined)
      report([...path, 'nodename'], `${name} and ${before} name the same folder where case is ignored`)
    else names.set(foldPath(name), name)
  }
  return names.size === nodes.length
}

function reportDependencies(
  nodes: readonly NodeAt[],
  report: Report,
  suggestion: (word: string, known: Iterable<string>) => string,
): void {
  const known = new Set(nodes.map(({ name }) => name))
  for (const { name, dependencies } of nodes) {
    const seen = new Set<string>()
    for (const { name: dependency, path } of dependencies) {
      if (dependency === name) report(path, `${name} depends on itself`)
      else if (!known.has(dependency)) report(path, `there is no node ${dependency}${suggestion(dependency, known)}`)
      else if (seen.has(dependency)) report(path, `${dependency} stands here twice: its output would come in twice`)
      seen.add(dependency)
    }
  }
}

function reportFields({ path, dependencies, data }: NodeAt, kind: SpecKind, report: Report): void {
  const { maxwaittime, args, kwargs } = data
  if (dependencies.length > 0 && typeof maxwaittime === 'number' && maxwaittime > 0)
    report(
      [...path, 'maxwaittime'],
      'maxwaittime counts from the submission, not from when the dependencies are done: leave it out',
    )
  if (kind !== 'Generator' || dependencies.length > 0) return
  const why = 'of a node without dependencies are replaced by what is packed for the generator: leave them out'
  if (Array.isArray(args) && args.length > 0) report([...path, 'args'], `args ${why}`)
  if (isMap(kwargs) && Object.keys(kwargs).length > 0) report([...path, 'kwargs'], `kwargs ${why}`)
}

function reportCycles(nodes: readonly NodeAt[], report: Report): void {
  const graph = nodes.map(({ name, dependencies }) => ({ name, dependencies: dependencies.map((d) => d.name) }))
  const places = new Map(nodes.map(({ name, path }) => [name, path]))
  for (const cycle of findCycles(graph))
    report(
      [...(places.get(cycle[0] ?? '') ?? []), 'nodename'],
      `a cycle of dependencies: ${[...cycle, cycle[0]].join(' -> ')}`,
    )
}
