import { didYouMean } from '../../core/did-you-mean.ts'
import type { Path, Problem } from '../../core/yaml.ts'
import { isSpecKind, SPEC_KINDS, SPEC_SCHEMAS, type SpecDocument, type SpecKind } from '../../schema/specs/documents.ts'
import { byPlace, onceEach, problemAt } from '../templates/problems.ts'
import { dataOf, nodeAt, type RenderedNode } from '../templates/rendered.ts'
import { isMap } from '../values/fit-value.ts'
import { graphProblems } from './graph-problems.ts'
import { shapeProblems } from './spec-problems.ts'

export type CheckedSpec = {
  /** what is accepted and does not work on every server */
  readonly warnings: readonly Problem[]
} & ({ spec: SpecDocument; problems: [] } | { spec: undefined; problems: readonly Problem[] })

/** Checks a rendered document: its shape, and that an engine would run it as meant. Every problem is told where it stands. */
export function checkSpec(root: RenderedNode): CheckedSpec {
  const { kind, problems: unknown } = kindOf(root)
  if (kind === undefined) return { spec: undefined, problems: unknown, warnings: [] }
  const schema = SPEC_SCHEMAS[kind]
  const { success, data: spec, error } = schema.safeParse(dataOf(root))
  const problems = [
    ...shapeProblems(root, schema, error?.issues ?? []),
    ...graphProblems(root, { kind, isSample: false }),
  ]
  if (!success || problems.length > 0) return { spec: undefined, problems: sorted(problems), warnings: [] }
  return { spec, problems: [], warnings: warningsOf(root) }
}

/** Checks the sample of a template, whose values are not known: of what expressions make the type alone. */
export function checkSample(sample: RenderedNode): readonly Problem[] {
  const { kind, problems } = kindOf(sample)
  const kindNode = nodeAt(sample, ['kind'])
  if (kindNode.isComputed) return [problemAt(kindNode, 'kind can’t be computed: write it out')]
  if (kind === undefined) return problems
  const payload = nodeAt(sample, ['payload'])
  if (payload.isComputed && payload !== sample) return [problemAt(payload, 'payload can’t be computed: write it out')]
  const schema = SPEC_SCHEMAS[kind]
  const issues = schema.safeParse(dataOf(sample)).error?.issues ?? []
  const certain = issues.filter(({ path, code }) => {
    const node = nodeAt(sample, path as Path)
    const isTyped = node.kind !== 'scalar' || node.value !== null
    return !node.isComputed || (code === 'invalid_type' && isTyped)
  })
  return sorted([...shapeProblems(sample, schema, certain), ...graphProblems(sample, { kind, isSample: true })])
}

function kindOf(root: RenderedNode): { kind: SpecKind | undefined; problems: Problem[] } {
  const data = dataOf(root)
  const fail = (path: Path, message: string) => ({
    kind: undefined,
    problems: [problemAt(nodeAt(root, path), message)],
  })
  if (!isMap(data)) return fail([], 'must be a map')
  const kind = Object.hasOwn(data, 'kind') ? data.kind : undefined
  if (isSpecKind(kind)) return { kind, problems: [] }
  const kinds = SPEC_KINDS.join(', ')
  if (kind === undefined) return fail([], `kind is missing: one of ${kinds}`)
  return fail(['kind'], `kind must be one of ${kinds}${typeof kind === 'string' ? didYouMean(kind, SPEC_KINDS) : ''}`)
}

function warningsOf(root: RenderedNode): Problem[] {
  const functions = nodeAt(root, ['functions'])
  const nodes = functions.kind === 'list' ? functions.items : [root]
  return nodes.flatMap((node) => {
    const storage = nodeAt(node, ['conditions', 'storage'])
    if (storage.kind !== 'scalar' || typeof storage.value !== 'string' || /^0*[MG]i$/.test(storage.value)) return []
    return [problemAt(storage, 'conditions.storage matches no executor on servers that assign exclusively')]
  })
}

function sorted(problems: readonly Problem[]): readonly Problem[] {
  return onceEach(problems).sort(byPlace)
}
