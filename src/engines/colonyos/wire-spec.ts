import type { FunctionSpec } from '../../schema/specs/function-spec.ts'
import type { WorkflowSpec } from '../../schema/specs/workflow.ts'
import { exactJson } from '../../core/exact-json.ts'
import { CpmError } from '../../core/errors.ts'

/** How to find the processes of a run again. */
export type Mark =
  | { readonly kind: 'label'; readonly label: string }
  /** a variable of one node, if the author labeled every node */
  | { readonly kind: 'variable'; readonly nodename: string }

export const RUN_VARIABLE = 'CPM_RUN'

/** A workflow in the format of the server, with its mark. */
export interface WireWorkflow {
  readonly spec: { readonly colonyname: string; readonly functionspecs: readonly WireFunction[] }
  readonly mark: Mark
}

type WireFunction = Omit<FunctionSpec, 'conditions'> & {
  readonly conditions: FunctionSpec['conditions'] & { readonly colonyname: string }
}

/**
 * Converts a workflow to the format of the server. Every limit is explicit: a missing one means "none" in one place of
 * the server and "at once" in another. Fields without a value are left out, since the server interprets empty values.
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

/** Converts a workflow that the server itself submits repeatedly to JSON without a mark. */
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
    `every node has its own label and variable ${RUN_VARIABLE}, so cpm could not find the run again`,
    {
      hint: 'remove the label of one node',
    },
  )
}

function hasLabel({ label = '' }: FunctionSpec): boolean {
  return label !== ''
}

/** Refuses integers that the server, which parses numbers as doubles, would silently change. */
function requireExact(value: unknown, where: string): void {
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new CpmError(
      'WORKFLOW_INVALID',
      `${where}: ${value} exceeds the exact range of the server: write it as a string`,
    )
  if (value === null || typeof value !== 'object' || value instanceof Number) return
  for (const [key, inner] of Object.entries(value)) requireExact(inner, `${where}.${key}`)
}
