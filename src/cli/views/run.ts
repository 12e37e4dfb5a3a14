import { exactJson } from '../../core/exact-json.ts'
import { oneLine, printable } from '../../core/printable.ts'
import type { NodeSnapshot, RunSnapshot, RunState } from '../../engines/runs/snapshot.ts'
import { hasEnded, STATES } from '../../engines/runs/snapshot.ts'
import type { Style } from '../terminal/style.ts'

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

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)]
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${whole % 60} s`
}

/** Formats a time in the local time zone. */
export function clock(time: string): string {
  const date = new Date(time)
  const two = (number: number) => String(number).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`
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
export function runTitle(snapshot: RunSnapshot, style: Style): string {
  const { run, package: of, state, nodes } = snapshot
  return `${stateMark(state, style)} ${style('bold', run)}  ${oneLine(`${of.name}@${of.version}`)}  ${stateWord(state, style)}, ${progress(nodes)}`
}

/** Returns lines with facts about a run, other than its nodes. */
export function runFacts(snapshot: RunSnapshot, style: Style): string[] {
  const { workflow, engine, submittedAt, finishedAt, retryOf, folder, colony } = snapshot
  const took =
    finishedAt === undefined
      ? ''
      : `, finished after ${duration(Math.max(0, Date.parse(finishedAt) - Date.parse(submittedAt)) / 1000)}`
  const where = colony ? `colony ${oneLine(colony.name)} at ${oneLine(colony.address)}` : 'this machine'
  const facts: [string, string][] = [
    ['workflow', oneLine(workflow)],
    ['engine', `${engine}, ${where}`],
    ['submitted', `${clock(submittedAt)}${took}`],
  ]
  if (retryOf !== undefined) facts.push(['retry of', retryOf])
  if (colony?.graph !== undefined) facts.push(['graph', oneLine(colony.graph)])
  if (folder !== undefined) facts.push(['files', oneLine(folder)])
  return facts.map(([name, value]) => `  ${style('dim', name.padEnd(9))} ${value}`)
}

const MOST_SHOWN = 160

/** Renders a node's output, truncated to one line; `--json` has all of it. */
export function handedOn(out: readonly unknown[]): string {
  const text = printable(exactJson(out))
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN - 1)}…` : text
}

/** Suggests commands to run next. */
export function nextSteps({ run, state, nodes }: RunSnapshot): string[] {
  if (state === 'failed' || state === 'cancelled') return [`cpm workflow logs ${run}`, `cpm workflow retry ${run}`]
  return nodes.every((node) => hasEnded(node.state)) ? [] : [`cpm workflow graph ${run}`]
}
