import { duration } from '../../core/amounts.ts'
import { oneLine } from '../../core/printable.ts'
import { type NodeSnapshot, type RunSnapshot, type RunState, STATES } from '../../engines/runs/snapshot.ts'
import type { Style } from './style.ts'

const MARKS: Record<RunState, readonly [mark: string, color: 'dim' | 'cyan' | 'green' | 'red' | 'yellow']> = {
  waiting: ['○', 'dim'],
  running: ['●', 'cyan'],
  successful: ['✓', 'green'],
  failed: ['✗', 'red'],
  cancelled: ['–', 'yellow'],
}

export function stateMark(state: RunState, style: Style): string {
  const [mark, color] = MARKS[state]
  return style(color, mark)
}

export function stateWord(state: RunState, style: Style): string {
  return style(MARKS[state][1], state)
}

/** Describes how long a node ran or has been running, and why it is in its state. */
export function nodeDetails(node: NodeSnapshot, now: number): string {
  const parts: string[] = []
  if (node.reused === true) parts.push('from the earlier run')
  if (node.state === 'running' && node.startedAt !== undefined)
    parts.push(`running for ${duration(Math.max(0, now - Date.parse(node.startedAt)) / 1000)}`)
  else if (node.seconds !== undefined) parts.push(duration(node.seconds))
  if (node.retries !== undefined && node.retries > 0) parts.push(`started ${node.retries + 1} times`)
  if (node.executor !== undefined) parts.push(`by ${oneLine(node.executor)}`)
  if (node.error !== undefined) parts.push(oneLine(node.error))
  else if (node.state === 'failed') parts.push('ended because another node failed')
  return parts.join(', ')
}

/** `2 of 5 nodes done, 1 running, 1 failed`. */
export function progress(nodes: readonly Pick<NodeSnapshot, 'state'>[]): string {
  const counts = new Map(STATES.map((state) => [state, nodes.filter((node) => node.state === state).length]))
  const of = (state: RunState) => counts.get(state) ?? 0
  const others = (['running', 'failed', 'cancelled'] as const).filter((state) => of(state) > 0)
  return [`${of('successful')} of ${nodes.length} done`, ...others.map((state) => `${of(state)} ${state}`)].join(', ')
}

/** Returns the title line of a run: its id, package, state and progress. */
export function runTitle(snapshot: Pick<RunSnapshot, 'run' | 'package' | 'state' | 'nodes'>, style: Style): string {
  const { run, package: of, state, nodes } = snapshot
  return `${stateMark(state, style)} ${style('bold', run)}  ${oneLine(`${of.name}@${of.version}`)}  ${stateWord(state, style)}, ${progress(nodes)}`
}
