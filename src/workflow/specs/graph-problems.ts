import { foldPath } from '../../package/entry-path.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import type { Path, Problem } from '../../core/yaml.ts'
import type { SpecKind } from '../../schema/specs/documents.ts'
import { problemAt } from '../templates/problems.ts'
import { dataOf, nodeAt, type RenderedNode } from '../templates/rendered.ts'
import { isMap } from '../values/fit-value.ts'
import { findCycles } from './graph.ts'

/** Comparing names is expensive, and nobody reads suggestions after this many mistakes. */
const MAX_SUGGESTIONS = 100

/** The readable parts of a node, with its place. */
interface NodeAt {
  readonly name: string
  readonly path: Path
  readonly dependencies: readonly { readonly name: string; readonly path: Path }[]
  readonly rendered: RenderedNode
}

interface GraphOptions {
  kind: SpecKind
  /** in a sample, only literal values are certain, not what expressions make or what may be left out */
  isSample: boolean
}

type Report = (path: Path, message: string) => void

/** Checks what the ColonyOS server does not, although it would wait forever or break (docs/workflows.md). */
export function graphProblems(root: RenderedNode, { kind, isSample }: GraphOptions): Problem[] {
  const isComputed = (path: Path) => isSample && nodeAt(root, path).isComputed
  const nodes = nodesOf(root)
    .filter(({ path }) => !isComputed([...path, 'nodename']))
    .map((node) => ({ ...node, dependencies: node.dependencies.filter(({ path }) => !isComputed(path)) }))
  const problems: Problem[] = []
  const report: Report = (path, message) => {
    const node = nodeAt(root, path)
    const reads = node.isComputed && node.reads ? ` (it reads ${node.reads.join(', ')})` : ''
    problems.push(problemAt(node, message + reads))
  }
  const certain = nodes.filter(({ rendered }) => !isSample || rendered.isOptional !== true)
  const isNamedOnce = reportNames(certain, report)
  const known = isSample && hasComputedNames(root) ? undefined : new Set(nodes.map(({ name }) => name))
  reportDependencies(nodes, known, report, (word, names) =>
    problems.length < MAX_SUGGESTIONS ? didYouMean(word, names) : '',
  )
  for (const node of nodes) {
    reportFields(node, kind, report)
    reportPayload(node, kind, report)
  }
  if (isNamedOnce) reportCycles(certain, report)
  return problems
}

function nodesOf(root: RenderedNode): NodeAt[] {
  const functions = nodeAt(root, ['functions'])
  if (functions.kind !== 'list') return []
  return functions.items.flatMap((rendered, index): NodeAt[] => {
    const name = textAt(rendered, ['nodename'])
    if (name === undefined) return []
    const path = ['functions', index]
    const list = nodeAt(rendered, ['conditions', 'dependencies'])
    const items = list.kind === 'list' ? list.items : []
    const dependencies = items.flatMap((item, at) =>
      item.kind === 'scalar' && typeof item.value === 'string'
        ? [{ name: item.value, path: [...path, 'conditions', 'dependencies', at] }]
        : [],
    )
    return [{ name, path, dependencies, rendered }]
  })
}

/** Whether some names are not known yet: then a dependency on an unknown name may be valid. */
function hasComputedNames(root: RenderedNode): boolean {
  const functions = nodeAt(root, ['functions'])
  return functions.kind === 'list' && functions.items.some((node) => nodeAt(node, ['nodename']).isComputed)
}

function textAt(node: RenderedNode, path: Path): string | undefined {
  const found = nodeAt(node, path)
  return found.kind === 'scalar' && found !== node && typeof found.value === 'string' ? found.value : undefined
}

function reportNames(nodes: readonly NodeAt[], report: Report): boolean {
  const names = new Map<string, string>()
  for (const { name, path } of nodes) {
    const before = names.get(foldPath(name))
    if (before === name) report([...path, 'nodename'], `two nodes are named ${name}`)
    else if (before !== undefined)
      report([...path, 'nodename'], `${name} and ${before} are the same folder on a case-insensitive file system`)
    else names.set(foldPath(name), name)
  }
  return names.size === nodes.length
}

function reportDependencies(
  nodes: readonly NodeAt[],
  known: ReadonlySet<string> | undefined,
  report: Report,
  suggestion: (word: string, known: Iterable<string>) => string,
): void {
  for (const { name, dependencies } of nodes) {
    const seen = new Set<string>()
    for (const { name: dependency, path } of dependencies) {
      if (dependency === name) report(path, `${name} depends on itself`)
      else if (known?.has(dependency) === false)
        report(path, `there is no node ${dependency}${suggestion(dependency, known)}`)
      else if (seen.has(dependency)) report(path, `${dependency} is listed twice: its output would arrive twice`)
      seen.add(dependency)
    }
  }
}

function reportFields({ path, dependencies, rendered }: NodeAt, kind: SpecKind, report: Report): void {
  const data = dataOf(rendered)
  const { maxwaittime, args, kwargs } = isMap(data) ? data : {}
  if (dependencies.length > 0 && typeof maxwaittime === 'number' && maxwaittime > 0)
    report([...path, 'maxwaittime'], 'maxwaittime starts at submission, not when the dependencies are done: remove it')
  if (kind !== 'Generator' || dependencies.length > 0) return
  const why = 'of a node without dependencies are replaced by the data packed for the generator: remove them'
  if (Array.isArray(args) && args.length > 0) report([...path, 'args'], `args ${why}`)
  if (isMap(kwargs) && Object.keys(kwargs).length > 0) report([...path, 'kwargs'], `kwargs ${why}`)
}

/** Reports nodes that leave no room for what `payload` adds. */
function reportPayload({ path, dependencies, rendered }: NodeAt, kind: SpecKind, report: Report): void {
  if (rendered.origin?.payload !== 'cpm') return
  const kwargs = nodeAt(rendered, ['kwargs'])
  if (kwargs.kind === 'map' && kwargs.entries.some(({ key }) => key === 'cpm'))
    report([...path, 'kwargs', 'cpm'], 'kwargs.cpm is reserved for payload: cpm: use another name')
  if (kind === 'Generator' && dependencies.length === 0)
    report(
      [...path, 'nodename'],
      'a generator replaces the kwargs of nodes without dependencies, which payload: cpm needs',
    )
}

function reportCycles(nodes: readonly NodeAt[], report: Report): void {
  const graph = nodes.map(({ name, dependencies }) => ({ name, dependencies: dependencies.map((d) => d.name) }))
  const places = new Map(nodes.map(({ name, path }) => [name, path]))
  for (const cycle of findCycles(graph))
    report(
      [...(places.get(cycle[0] ?? '') ?? []), 'nodename'],
      `dependency cycle: ${[...cycle, cycle[0]].join(' -> ')}`,
    )
}
