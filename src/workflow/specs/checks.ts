import { didYouMean } from '../../core/did-you-mean.ts'
import type { Path, Problem } from '../../core/yaml.ts'
import { isSpecKind, SPEC_KINDS, SPEC_SCHEMAS, type SpecDocument, type SpecKind } from '../../schema/specs/documents.ts'
import { byPlace, onceEach, problemAt } from '../templates/problems.ts'
import { dataOf, nodeAt, type RenderedNode } from '../templates/rendered.ts'
import { isMap } from '../values/fit-value.ts'
import { withoutUnknownKeys } from './dropped-keys.ts'
import { graphProblems } from './graph-problems.ts'
import { fromServerForm } from './server-form.ts'
import { shapeProblems } from './spec-problems.ts'

export type CheckedSpec = {
  /** the document in the form that packages use, even if it was written in the form that the server prints */
  readonly root: RenderedNode
  /** settings that are accepted but do not work on every server */
  readonly warnings: readonly Problem[]
} & ({ spec: SpecDocument; problems: [] } | { spec: undefined; problems: readonly Problem[] })

interface CheckOptions {
  /** the colony that the document is for, if known */
  colony?: string | undefined
  /** drops keys that ColonyOS does not know, as its server does, and reports them as warnings */
  dropUnknown?: boolean | undefined
}

/** Checks the shape of a rendered document, and that an engine would run it as intended. Each problem has its place. */
export function checkSpec(rendered: RenderedNode, { colony, dropUnknown = false }: CheckOptions = {}): CheckedSpec {
  const form = fromServerForm(rendered, colony)
  const { kind, problems: unknown } = kindOf(form.root)
  if (kind === undefined) return { root: form.root, spec: undefined, problems: unknown, warnings: [] }
  const schema = SPEC_SCHEMAS[kind]
  const whole = schema.safeParse(dataOf(form.root))
  const { root, dropped } = dropUnknown
    ? withoutUnknownKeys(form.root, schema, whole.error?.issues ?? [])
    : { root: form.root, dropped: [] }
  const { success, data: spec, error } = dropped.length > 0 ? schema.safeParse(dataOf(root)) : whole
  const problems = [
    ...form.problems,
    ...shapeProblems(root, schema, error?.issues ?? []),
    ...graphProblems(root, { kind, isSample: false }),
  ]
  if (!success || problems.length > 0) return { root, spec: undefined, problems: sorted(problems), warnings: [] }
  return { root, spec, problems: [], warnings: sorted([...dropped, ...warningsOf(root)]) }
}

/** Checks the sample of a template, whose values are not known: of a computed value, only the type is checked. */
export function checkSample(written: RenderedNode): readonly Problem[] {
  const { root: sample } = fromServerForm(written)
  const { kind, problems } = kindOf(sample)
  const kindNode = nodeAt(sample, ['kind'])
  if (kindNode.isComputed) return [problemAt(kindNode, 'kind must be a literal, not an expression')]
  if (kind === undefined) return problems
  const payload = nodeAt(sample, ['payload'])
  if (payload.isComputed && payload !== sample)
    return [problemAt(payload, 'payload must be a literal, not an expression')]
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
  if (!isMap(data)) return fail([], 'the document must be a map, or a list of functions')
  const kind = Object.hasOwn(data, 'kind') ? data.kind : undefined
  if (isSpecKind(kind)) return { kind, problems: [] }
  const kinds = SPEC_KINDS.join(', ')
  if (kind === undefined) return fail([], `kind is missing: it must be one of ${kinds}`)
  return fail(['kind'], `kind must be one of ${kinds}${typeof kind === 'string' ? didYouMean(kind, SPEC_KINDS) : ''}`)
}

function warningsOf(root: RenderedNode): Problem[] {
  const functions = nodeAt(root, ['functions'])
  const nodes = functions.kind === 'list' ? functions.items : [root]
  return nodes.flatMap((node) => {
    const storage = nodeAt(node, ['conditions', 'storage'])
    if (storage.kind !== 'scalar' || typeof storage.value !== 'string' || /^0+[A-Za-z]+$/.test(storage.value)) return []
    return [problemAt(storage, 'conditions.storage matches no executor on servers that assign exclusively')]
  })
}

function sorted(problems: readonly Problem[]): readonly Problem[] {
  return onceEach(problems).sort(byPlace)
}
