import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Emit } from '../../schema/events.ts'
import type { Engine, RunOptions, RunResult } from '../runs/engine.ts'
import { findCommands } from './function-command.ts'
import { ProcessGroups } from './process-groups.ts'
import { newRunId } from '../runs/run-id.ts'
import { runNode } from './run-node.ts'
import { RunRecord } from '../runs/run-record.ts'
import { runGraph } from './schedule.ts'
import type { WorkflowSpec } from '../specs/spec.ts'

interface LocalEngineOptions {
  /** where the folders of runs go */
  runs: string
  emit: Emit
  /** the environment of this process, of which functions get a few variables */
  env: NodeJS.ProcessEnv
  /** how many nodes run at a time */
  parallel?: number
}

/** What functions get of the environment. Anything else may be a secret: keys, tokens, what a CI pipeline puts there. */
const PASSED_ON = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR'],
  // Windows programs don't start without these
  ...['SystemRoot', 'PATHEXT', 'TEMP', 'TMP', 'USERPROFILE'],
]
const DEFAULT_TIMEOUT = 3600

/**
 * The engine that runs workflows on this machine, by the functions that the package declares. It is only for who asks for it:
 * the package's commands run with the rights of the user.
 */
export function createLocalEngine({
  runs,
  emit,
  env,
  parallel = os.availableParallelism(),
}: LocalEngineOptions): Engine {
  return {
    name: 'local',
    async run(spec, options) {
      const commands = findCommands(spec.functions, { ...options, searchPath: env.PATH })
      const { run = newRunId() } = options
      const record = new RunRecord(path.resolve(runs), run, spec.functions.map(({ nodename }) => nodename), emit) // prettier-ignore
      return await runNodes(spec, record, {
        ...options,
        commands,
        parallel,
        env: passedOn(env),
        places: placesOf(options),
      })
    },
  }
}

interface NodesOptions extends RunOptions {
  commands: ReturnType<typeof findCommands>
  parallel: number
  env: Readonly<Record<string, string>>
  places: Readonly<Record<string, string>>
}

async function runNodes(spec: WorkflowSpec, record: RunRecord, options: NodesOptions): Promise<RunResult> {
  const { commands, parallel, env, places, timeout = DEFAULT_TIMEOUT } = options
  const halt = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, halt.signal]) : halt.signal
  const groups = new ProcessGroups()
  process.on('exit', groups.killAll)
  try {
    const nodes = byPriority(spec).map((node) => ({
      name: node.nodename,
      dependencies: node.conditions.dependencies,
      node,
    }))
    await runGraph(nodes, {
      parallel,
      signal,
      skip: ({ name }) => {
        record.finished(name, { state: 'cancelled' })
      },
      run: async ({ name, dependencies, node }) => {
        const command = commands.get(name)
        if (!command) throw new Error(`no command was found for ${name}`)
        record.started(name)
        try {
          const incoming = dependencies.flatMap((parent) => record.outOf(parent))
          const folder = path.join(record.folder, name)
          const outcome = await runNode(node, { command, folder, incoming, env, places, timeout, signal, groups })
          record.finished(name, outcome)
          return outcome.state === 'successful'
        } catch (error) {
          // Something is wrong with the machine, as a full disk: the others are stopped too.
          halt.abort()
          throw error
        }
      },
    })
  } finally {
    groups.killAll()
    process.off('exit', groups.killAll)
  }
  return record.close()
}

/** Higher priority first, else as written. */
function byPriority({ functions }: WorkflowSpec): WorkflowSpec['functions'] {
  return [...functions].sort((a, b) => b.priority - a.priority)
}

function passedOn(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
}

function placesOf({ root, packages }: RunOptions): Record<string, string> {
  const folder = fs.realpathSync(root)
  const own = path.join(folder, 'colony_packages')
  const installed = packages ?? (fs.existsSync(own) ? own : undefined)
  return { CPM_PACKAGE: folder, ...(installed !== undefined && { CPM_PACKAGES: path.resolve(installed) }) }
}
