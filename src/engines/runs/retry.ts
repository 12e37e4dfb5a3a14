import type { WorkflowSpec } from '../../schema/specs/workflow.ts'
import type { Done } from '../engine.ts'
import type { RunSnapshot } from './snapshot.ts'

/**
 * Plans which nodes a retry runs: all that were not successful, and the parents whose outputs they need. An engine that
 * can reuse outputs takes them from the earlier run. On a colony, outputs only travel along edges, so a parent with a
 * nonempty output runs again too, and so do its own parents with outputs (docs/workflows.md, "Running again").
 */
export function planRetry(
  spec: WorkflowSpec,
  { run, nodes }: Pick<RunSnapshot, 'run' | 'nodes'>,
  { canReuseOutputs }: { readonly canReuseOutputs: boolean },
): Done {
  const out = new Map<string, readonly unknown[]>()
  // A node whose output is unknown, for example because its folder was removed, runs again like a failed one. A node
  // that an earlier retry on a colony left out had no outputs then, so it has none now.
  for (const { nodename, state, out: known, reused } of nodes) {
    const outputs = known ?? (reused === true && !canReuseOutputs ? [] : undefined)
    if (state === 'successful' && outputs) out.set(nodename, outputs)
  }
  if (!canReuseOutputs) {
    const parents = new Map(spec.functions.map(({ nodename, conditions }) => [nodename, conditions.dependencies]))
    const again = spec.functions.map(({ nodename }) => nodename).filter((name) => !out.has(name))
    for (let name = again.pop(); name !== undefined; name = again.pop()) {
      for (const parent of parents.get(name) ?? []) {
        if ((out.get(parent)?.length ?? 0) === 0) continue
        out.delete(parent)
        again.push(parent)
      }
    }
  }
  return { run, out }
}

/** Returns a workflow without the nodes that an earlier run completed, and without dependencies on them. */
export function withoutDone(spec: WorkflowSpec, done: Done | undefined): WorkflowSpec {
  if (!done) return spec
  const functions = spec.functions
    .filter(({ nodename }) => !done.out.has(nodename))
    .map((node) => ({
      ...node,
      conditions: {
        ...node.conditions,
        dependencies: node.conditions.dependencies.filter((parent) => !done.out.has(parent)),
      },
    }))
  return { ...spec, functions }
}
