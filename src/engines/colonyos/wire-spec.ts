import type { FunctionSpec } from '../../schema/specs/function-spec.ts'
import type { WorkflowSpec } from '../../schema/specs/workflow.ts'
import { exactJson } from '../../core/exact-json.ts'
import { CpmError } from '../../core/errors.ts'

/** By what the processes of a run are found again. */
export type Mark =
  | { readonly kind: 'label'; readonly label: string }
  /** where every node has a label that its author gave it: a variable of one node */
  | { readonly kind: 'variable'; readonly nodename: string }

export const RUN_VARIABLE = 'CPM_RUN'

/** A workflow as the server takes it, and the mark that it carries. */
export interface WireWorkflow {
  readonly spec: { readonly colonyname: string; readonly functionspecs: readonly WireFunction[] }
  readonly mark: Mark
}

type WireFunction = Omit<FunctionSpec, 'conditions'> & {
  readonly conditions: FunctionSpec['conditions'] & { readonly colonyname: string }
}

/**
 * Writes a workflow as the server takes it. Every limit is said outright: what is left out means none in one place of the server and "at
 * once" in another. Fields without a value are left out, since an empty unit is read in its own way.
 * @throws CpmError WORKFLOW_INVALID
 */
export function wireWorkflow(
  { functions }: WorkflowSpec,
  { colony, run }: { colony: string; run: string },
): WireWorkflow {
  const mark = markOf(functions, run)
  const functionspecs = functions.map((node) => {
    const isMarked = mark.kind === 'variable' && mark.nodename === node.nodename
    return {
      ...wireFunction(node, colony),
      ...(mark.kind === 'label' && !hasLabel(node) && { label: mark.label }),
      ...(isMarked && { env: { ...node.env, [RUN_VARIABLE]: run } }),
    }
  })
  return { spec: { colonyname: colony, functionspecs }, mark }
}

/** A workflow that the server will submit itself, again and again: it is text that holds JSON, and carries no mark. */
export function wireTemplate({ functions }: Pick<WorkflowSpec, 'functions'>, colony: string): string {
  return exactJson({ colonyname: colony, functionspecs: functions.map((node) => wireFunction(node, colony)) })
}

function wireFunction(node: FunctionSpec, colony: string): WireFunction {
  requireExact(node.args, `${node.nodename}: args`)
  requireExact(node.kwargs, `${node.nodename}: kwargs`)
  return { ...node, conditions: { ...node.conditions, colonyname: colony } }
}

function markOf(functions: readonly FunctionSpec[], run: string): Mark {
  if (!functions.every(hasLabel)) return { kind: 'label', label: `cpm/${run}` }
  const free = functions.find(({ env }) => !Object.hasOwn(env, RUN_VARIABLE))
  if (free) return { kind: 'variable', nodename: free.nodename }
  throw new CpmError(
    'WORKFLOW_INVALID',
    `every node has a label and a variable ${RUN_VARIABLE} of its own: nothing is left to find the run by`,
    {
      hint: 'leave the label of one node to cpm',
    },
  )
}

function hasLabel({ label = '' }: FunctionSpec): boolean {
  return label !== ''
}

/** The server reads numbers as doubles and would change this one in silence. */
function requireExact(value: unknown, where: string): void {
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new CpmError(
      'WORKFLOW_INVALID',
      `${where}: ${value} is beyond what the server keeps exactly: write it as text`,
    )
  if (value === null || typeof value !== 'object' || value instanceof Number) return
  for (const [key, inner] of Object.entries(value)) requireExact(inner, `${where}.${key}`)
}
