import { didYouMean } from '../../core/did-you-mean.ts'
import type { Path, Problem } from '../../core/yaml.ts'
import { isSpecKind, SPEC_KINDS, SPEC_SCHEMAS, type SpecDocument, type SpecKind } from '../../schema/specs/documents.ts'
import { dataOf, nodeAt, type RenderedNode } from '../templates/rendered.ts'
import { isMap } from '../values/fit-value.ts'
import { graphProblems } from './graph-problems.ts'
import { shapeProblems } from './spec-problems.ts'

export type CheckedSpec = {
  /** what is accepted and does not work on every server */
  readonly warnings: readonly Problem[]
} & ({ spec: SpecDocument; problems: [] } | { spec: undefined; problems: readonly Problem[] })

/** Checks a rendered document: its shape, and that an engine would run it as meant. Every problem is told where it stands. */
export function checkSpec(file: string, root: RenderedNode): CheckedSpec {
  const data = dataOf(root)
  const { kind, problems: unknown } = kindOf(file, root)
  if (kind === undefined) return { spec: undefined, problems: unknown, warnings: [] }
  const schema = SPEC_SCHEMAS[kind]
  const { success, data: spec, error } = schema.safeParse(data)
  const problems = [...shapeProblems(file, root, schema, error?.issues ?? []), ...graphProblems(file, root, data, kind)]
  if (!success || problems.length > 0) return { spec: undefined, problems: sorted(problems), warnings: [] }
  return { spec, problems: [], warnings: warningsOf(file, root) }
}

/**
 * Checks the sample of a template, whose values are not known: of what expressions make the type alone, and the graph only
 * where all names in it are written out.
 */
export function checkSample(file: string, sample: RenderedNode): readonly Problem[] {
  const data = dataOf(sample)
  const { kind, problems } = kindOf(file, sample)
  if (kind === undefined) return problems
  if (nodeAt(sample, ['kind']).isComputed)
    return [problemAt(file, sample, ['kind'], 'kind can’t be computed: write it out')]
  const schema = SPEC_SCHEMAS[kind]
  const issues = schema.safeParse(data).error?.issues ?? []
  const certain = issues.filter(({ path, code }) => {
    const node = nodeAt(sample, path as Path)
    const isTyped = node.kind !== 'scalar' || node.value !== null
    return !node.isComputed || (code === 'invalid_type' && isTyped)
  })
  const graph = hasComputedNames(sample) ? [] : graphProblems(file, sample, data, kind)
  return sorted([...shapeProblems(file, sample, schema, certain), ...graph])
}

function kindOf(file: string, root: RenderedNode): { kind: SpecKind | undefined; problems: Problem[] } {
  const data = dataOf(root)
  const fail = (path: Path, message: string) => ({ kind: undefined, problems: [problemAt(file, root, path, message)] })
  if (!isMap(data)) return fail([], 'must be a map')
  const kind = Object.hasOwn(data, 'kind') ? data.kind : undefined
  if (isSpecKind(kind)) return { kind, problems: [] }
  const kinds = SPEC_KINDS.join(', ')
  if (kind === undefined) return fail([], `kind is missing: one of ${kinds}`)
  return fail(['kind'], `kind must be one of ${kinds}${typeof kind === 'string' ? didYouMean(kind, SPEC_KINDS) : ''}`)
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

function warningsOf(file: string, root: RenderedNode): Problem[] {
  const functions = nodeAt(root, ['functions'])
  const nodes = functions.kind === 'list' ? functions.items : [root]
  return nodes.flatMap((node) => {
    const storage = nodeAt(node, ['conditions', 'storage'])
    if (storage.kind !== 'scalar' || typeof storage.value !== 'string' || /^0*[MG]i$/.test(storage.value)) return []
    const message = 'conditions.storage matches no executor on servers that assign exclusively'
    return [{ file, line: storage.line, column: storage.column, message }]
  })
}

function problemAt(file: string, root: RenderedNode, path: Path, message: string): Problem {
  const { line, column } = nodeAt(root, path)
  return { file, line, column, message }
}

function sorted(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column)
}
