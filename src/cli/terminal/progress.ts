import type { CpmEvent } from '../../schema/events.ts'
import { bytes, count, duration } from '../../core/amounts.ts'
import type { NodeSnapshot } from '../../engines/runs/snapshot.ts'
import { fitRows, graphLine, graphRows } from './run-graph.ts'
import { progress, stateMark } from './run-lines.ts'
import type { Style } from './style.ts'

/** A part of an operation, drawn as one line. */
interface Phase {
  /** what is being done, while it is */
  readonly doing: string
  /** what was done, once it is */
  readonly did?: string
  /** milliseconds since 1970 */
  readonly since: number
  readonly part?: { readonly done: number; readonly total: number; readonly isBytes: boolean }
}

interface Run {
  readonly run: string
  readonly package: { readonly name: string; readonly version: string }
  readonly nodes: Map<string, NodeSnapshot>
}

interface Size {
  readonly columns: number
  readonly rows: number
  readonly now: number
}

/** How far the operations of a command are, from their events. */
export class Progress {
  readonly #phases = new Map<string, Phase>()
  #run: Run | undefined
  #proved = 0

  /** Returns whether an event is part of the progress; all others are news that stay on the screen. */
  take(event: CpmEvent, now: number): boolean {
    switch (event.type) {
      case 'resolving':
        this.#set('resolve', now, { doing: `resolving ${count(event.names, 'requirement')}` })
        return true
      case 'resolved':
        this.#set('resolve', now, { doing: '', did: `resolved ${count(event.packages, 'package')}` })
        return true
      case 'downloading':
        this.#part('download', now, { ...event, isBytes: true }, ['downloading', `downloaded ${bytes(event.total)}`])
        return true
      case 'unpacked':
        this.#part('unpack', now, { ...event, isBytes: false }, ['unpacking', `unpacked ${count(event.total, 'package')}`]) // prettier-ignore
        return true
      case 'uploaded':
        this.#part('upload', now, { ...event, isBytes: false }, ['uploading', `uploaded ${count(event.total, 'file')}`])
        return true
      case 'proved':
        this.#set('prove', now, { doing: `proving, ${count(++this.#proved, 'package')} so far` })
        return true
      case 'run-started':
        this.#run = runOf(event)
        return true
      case 'node-started':
        this.#node(event.node, { state: 'running', startedAt: new Date(now).toISOString() })
        return true
      case 'node-finished':
        this.#node(event.node, { state: event.state, seconds: event.seconds })
        return true
      default:
        return false
    }
  }

  /** Draws the phases, one a line, then the graph of the run. */
  lines(style: Style, { columns, rows, now }: Size): string[] {
    const phases = [...this.#phases.values()].map((phase) => phaseLine(phase, style, { columns, now }))
    if (!this.#run) return phases.slice(-rows)
    const nodes = [...this.#run.nodes.values()]
    const state = nodes.some((node) => node.state === 'failed') ? 'failed' : 'running'
    const graph = fitRows(graphRows(nodes), Math.max(1, rows - phases.length - 1))
    const { run, package: of } = this.#run
    // The id comes last: in a narrow terminal, it is what can be cut off.
    const title = `${stateMark(state, style)} ${style('bold', `${of.name}@${of.version}`)}  ${progress(nodes)}  ${style('dim', run)}`
    return [...phases, title, ...graph.map((row) => graphLine(row, style, now))]
  }

  #set(key: string, now: number, phase: Omit<Phase, 'since'>): void {
    this.#phases.set(key, { ...phase, since: this.#phases.get(key)?.since ?? now })
  }

  #part(
    key: string,
    now: number,
    { done, total, isBytes }: NonNullable<Phase['part']>,
    [doing, did]: [string, string],
  ) {
    this.#set(key, now, done >= total ? { doing, did } : { doing, part: { done, total, isBytes } })
  }

  #node(name: string, change: Partial<NodeSnapshot>): void {
    const node = this.#run?.nodes.get(name)
    if (node) this.#run?.nodes.set(name, { ...node, ...change })
  }
}

function runOf({ run, name, version, nodes }: Extract<CpmEvent, { type: 'run-started' }>): Run {
  const snapshots = nodes.map(({ node, after, state }) => {
    const unknown = { funcname: '', executortype: '' }
    return [node, { ...unknown, nodename: node, dependencies: after, state }] as const
  })
  return { run, package: { name, version }, nodes: new Map(snapshots) }
}

function phaseLine(
  { doing, did, since, part }: Phase,
  style: Style,
  { columns, now }: Pick<Size, 'columns' | 'now'>,
): string {
  if (did !== undefined) return `${style('green', '✓')} ${did}`
  const seconds = Math.max(0, now - since) / 1000
  const time = seconds < 1 ? '' : style('dim', `  ${duration(Math.floor(seconds))}`)
  if (!part) return `${style('cyan', '●')} ${doing}${time}`
  const { done, total, isBytes } = part
  const amount = isBytes ? `${bytes(done)} of ${bytes(total)}` : `${done} of ${total}`
  const label = `● ${doing.padEnd(LABEL)} `
  const bar = barOf(done / total, columns - label.length - amount.length - 2)
  return `${style('cyan', '●')} ${doing.padEnd(LABEL)} ${bar === undefined ? '' : `${style('cyan', bar.full)}${style('dim', bar.empty)} `}${amount}`
}

/** columns for what is being done, so that bars below each other begin in the same one */
const LABEL = 'downloading'.length
const [LEAST, MOST] = [6, 30]

/** Returns a bar with this part filled, or undefined if there is no room. */
function barOf(part: number, room: number): { full: string; empty: string } | undefined {
  if (room < LEAST) return undefined
  const width = Math.min(MOST, room)
  const full = Math.min(width, Math.floor(part * width))
  return { full: '━'.repeat(full), empty: '─'.repeat(width - full) }
}
