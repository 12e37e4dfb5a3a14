import path from 'node:path'
import type { FunctionSpec } from '../../workflow/specs/spec.ts'
import { demandOf } from './demand.ts'
import type { Command } from './function-command.ts'
import { JoinedInputs } from './joined-inputs.ts'
import type { LiveRun } from './live-run.ts'
import { endLeftovers } from './orphan-processes.ts'
import { ProcessGroups } from './process-groups.ts'
import { runNode } from './run-node.ts'
import { type Demand, runGraph } from './schedule.ts'

interface NodesOptions {
  commands: ReadonlyMap<string, Command>
  room: Demand
  /** the run's folder */
  folder: string
  env: Readonly<Record<string, string>>
  places: Readonly<Record<string, string>>
  grace: number
  signal: AbortSignal
}

/** Runs the nodes of a run and records how they end. */
export async function runNodes(
  functions: readonly FunctionSpec[],
  live: LiveRun,
  options: NodesOptions,
): Promise<void> {
  const { commands, room, env, places, grace, signal } = options
  const names = new Set(functions.map(({ nodename }) => nodename))
  const groups = new ProcessGroups()
  const inputs = new JoinedInputs(functions)
  for (const parent of new Set(functions.flatMap(({ conditions }) => conditions.dependencies)))
    if (!names.has(parent)) inputs.add(parent, live.outOf(parent))
  const endAll = () => {
    groups.killAll()
    endLeftovers(options.folder)
  }
  process.on('exit', endAll)
  try {
    const nodes = byPriority(functions).map((node) => ({
      name: node.nodename,
      // Nodes that an earlier run completed are not in this graph.
      dependencies: node.conditions.dependencies.filter((parent) => names.has(parent)),
      demand: demandOf(node),
      ...(node.maxwaittime > 0 && { maxWait: node.maxwaittime * 1000 }),
      node,
    }))
    await runGraph(nodes, {
      room,
      signal,
      drop: ({ name }, state) => {
        live.finished(name, { state })
      },
      expire: ({ name, node }) => {
        live.finished(name, { state: 'failed', error: `it waited longer than ${node.maxwaittime} s` })
      },
      failsEarly: ({ name }) => {
        const error = inputs.problemOf(name)
        if (error !== undefined) live.finished(name, { state: 'failed', error })
        return error !== undefined
      },
      run: async ({ name, node }, signal) => {
        const command = commands.get(name)
        if (!command) throw new Error(`no command was found for ${name}`)
        live.started(name)
        const outcome = await runNode(node, {
          command,
          folder: path.join(options.folder, name),
          incoming: node.conditions.dependencies.flatMap((parent) => live.outOf(parent)),
          env,
          places,
          grace,
          signal,
          groups,
          onRetry: () => {
            live.retried(name)
          },
        })
        if (outcome.state !== 'stopped') live.finished(name, outcome)
        if (outcome.state === 'successful') inputs.add(name, outcome.out)
        return outcome.state
      },
    })
  } finally {
    endAll()
    process.off('exit', endAll)
  }
}

/** Sorts by priority, highest first, then in the order of the workflow. */
function byPriority(functions: readonly FunctionSpec[]): FunctionSpec[] {
  return [...functions].sort((a, b) => b.priority - a.priority)
}
