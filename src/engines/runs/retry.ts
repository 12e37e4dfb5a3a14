import type { WorkflowSpec } from '../../schema/specs/workflow.ts'
import type { Done } from '../engine.ts'
import type { RunSnapshot } from './snapshot.ts'

/**
 * What a retry runs: every node that was not successful, and those it needs anew. A node that runs again gets the outputs of its parents. An
 * engine that hands in outputs of an earlier run takes them from there; on a colony outputs travel along edges only, so a parent whose output
 * is not empty is run again, and for the same reason its own parents with outputs (docs/workflows.md, "Running again").
 */
export function planRetry(
  spec: WorkflowSpec,
  { run, nodes }: Pick<RunSnapshot, 'run' | 'nodes'>,
  { handsIn }: { readonly handsIn: boolean },
): Done {
  const out = new Map<string, readonly unknown[]>()
  // One whose output is not known, as of a folder that somebody removed, is run again like one that failed. What a colony left out of an
  // earlier retry handed nothing to what ran then, and so to nothing that runs now.
  for (const { nodename, state, out: known, reused } of nodes) {
    const outputs = known ?? (reused === true && !handsIn ? [] : undefined)
    if (state === 'successful' && outputs) out.set(nodename, outputs)
  }
  if (!handsIn) {
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

/** A workflow without the nodes that an earlier run did, and without the dependencies on them. */
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
