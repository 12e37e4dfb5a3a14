import fs from 'node:fs'
import path from 'node:path'
import type { Emit } from '../../schema/events.ts'
import { writeFileAtomic, makeFolders } from '../../core/atomic-file.ts'
import { CpmError, fileError, systemCode } from '../../core/errors.ts'
import { isSafeRelative } from '../../core/safe-path.ts'
import type { NodeResult, NodeState, RunResult, RunState } from './engine.ts'
import type { NodeOutcome } from '../local/run-node.ts'

export const RUN_FILE = 'run.json'

interface NodeRecord {
  readonly nodename: string
  state: NodeState
  startedAt: number
  seconds: number
  out?: readonly unknown[]
  error?: string
  readonly folder: string
}

/**
 * What is known of a run: in memory, in `run.json` of its folder, and told as events. The file is replaced as a whole at every
 * change, so whoever reads it sees one state of the run. Outputs are not in it; they lie in the folders of the nodes.
 */
export class RunRecord {
  readonly folder: string
  readonly #run: string
  readonly #emit: Emit
  readonly #nodes: ReadonlyMap<string, NodeRecord>
  readonly #startedAt = new Date()
  #state: RunState = 'running'

  /** Makes the folder of the run. @throws CpmError FILE_EXISTS when there is a run of that id */
  constructor(runs: string, run: string, nodenames: readonly string[], emit: Emit) {
    this.folder = makeRunFolder(runs, run)
    this.#run = run
    this.#emit = emit
    const record = (nodename: string): NodeRecord => ({
      nodename,
      state: 'waiting',
      startedAt: 0,
      seconds: 0,
      folder: path.join(this.folder, nodename),
    })
    this.#nodes = new Map(nodenames.map((nodename) => [nodename, record(nodename)]))
    this.#write()
  }

  started(nodename: string): void {
    const node = this.#node(nodename)
    node.state = 'running'
    node.startedAt = performance.now()
    this.#write()
    this.#emit({ type: 'node-started', run: this.#run, node: nodename })
  }

  finished(nodename: string, outcome: NodeOutcome): void {
    const node = this.#node(nodename)
    const wasRunning = node.state === 'running'
    if (wasRunning) node.seconds = Math.round(performance.now() - node.startedAt) / 1000
    node.state = outcome.state
    if (outcome.state === 'successful') node.out = outcome.out
    if (outcome.state === 'failed') node.error = outcome.error
    // A failure can cancel thousands at once, which the next change writes down all together.
    if (wasRunning) this.#write()
    this.#emit({ type: 'node-finished', run: this.#run, node: nodename, state: outcome.state, seconds: node.seconds })
  }

  /** What a node handed to its children. */
  outOf(nodename: string): readonly unknown[] {
    return this.#node(nodename).out ?? []
  }

  /** Closes the record: failed when a node failed, cancelled when something never got to its end, else successful. */
  close(): RunResult {
    const states = [...this.#nodes.values()].map(({ state }) => state)
    this.#state = states.includes('failed')
      ? 'failed'
      : states.every((s) => s === 'successful')
        ? 'successful'
        : 'cancelled'
    this.#write()
    return { run: this.#run, state: this.#state, folder: this.folder, nodes: this.#results() }
  }

  #node(nodename: string): NodeRecord {
    const node = this.#nodes.get(nodename)
    if (!node) throw new Error(`the run has no node ${nodename}`)
    return node
  }

  #results(): NodeResult[] {
    return [...this.#nodes.values()].map(({ nodename, state, seconds, out, error, folder }) => ({
      nodename,
      state,
      seconds,
      ...(out && { out }),
      ...(error !== undefined && { error }),
      folder,
    }))
  }

  #write(): void {
    const nodes = this.#results().map(({ nodename, state, seconds, error }) => ({ nodename, state, seconds, error }))
    const record = {
      schemaVersion: 1,
      run: this.#run,
      engine: 'local',
      state: this.#state,
      startedAt: this.#startedAt.toISOString(),
      ...(this.#state !== 'running' && { finishedAt: new Date().toISOString() }),
      nodes,
    }
    writeFileAtomic(path.join(this.folder, RUN_FILE), JSON.stringify(record, null, 2) + '\n', { mode: 0o600 })
  }
}

function makeRunFolder(runs: string, run: string): string {
  if (!isSafeRelative(run) || run.includes('/'))
    throw new CpmError('USAGE', `${JSON.stringify(run)} is not a name for a run`)
  const folder = path.join(runs, run)
  try {
    makeFolders(runs, 0o700)
    fs.mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw new CpmError('FILE_EXISTS', `there is a run ${run} already: ${folder}`)
    throw fileError(error, 'write', folder)
  }
  return folder
}
