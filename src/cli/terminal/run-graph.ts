import { findDepths } from '../../engines/runs/depths.ts'
import type { NodeSnapshot, RunState } from '../../engines/runs/snapshot.ts'
import { STATES } from '../../engines/runs/snapshot.ts'
import { nodeDetails, stateMark } from './run-lines.ts'
import type { Style } from './style.ts'

/** A node's row in the drawing of a graph. */
export interface GraphRow {
  /** the branches in front of it: `│  ├─ ` */
  readonly branch: string
  readonly node: NodeSnapshot
  /** its dependencies other than the node that it is drawn under */
  readonly also: readonly string[]
}

/** Counts the rows that did not fit. */
export interface Omission {
  readonly omitted: Readonly<Record<RunState, number>>
}

/** Deepest indentation; a chain of thousands of nodes is a valid workflow. */
const DEEPEST = 12

/**
 * Draws a graph as a tree: each node once, under the dependency that is furthest from the roots, because that is
 * usually the last to finish. Its row names the others.
 */
export function graphRows(nodes: readonly NodeSnapshot[]): GraphRow[] {
  const depths = findDepths(nodes)
  const children = new Map<string | undefined, NodeSnapshot[]>()
  const hangsOn = new Map<NodeSnapshot, string | undefined>()
  for (const node of nodes) {
    const depth = depths.get(node.nodename) ?? 0
    const parent = depth === 0 ? undefined : node.dependencies.find((name) => depths.get(name) === depth - 1)
    hangsOn.set(node, parent)
    const siblings = children.get(parent)
    if (siblings) siblings.push(node)
    else children.set(parent, [node])
  }
  const rows: GraphRow[] = []
  // Depth first without recursion: a stack, last node at the bottom.
  const open = withLast(children.get(undefined) ?? [], '', 0)
  for (let top = open.pop(); top; top = open.pop()) {
    const { node, isLast, before, depth } = top
    const shown = depth <= DEEPEST
    rows.push({
      branch: `${before}${shown ? (isLast ? '└─ ' : '├─ ') : ''}`,
      node,
      also: node.dependencies.filter((name) => name !== hangsOn.get(node)),
    })
    const below = shown ? `${before}${isLast ? '   ' : '│  '}` : before
    open.push(...withLast(children.get(node.nodename) ?? [], below, depth + 1))
  }
  return rows
}

function withLast(nodes: readonly NodeSnapshot[], before: string, depth: number) {
  return nodes.map((node, index) => ({ node, isLast: index === nodes.length - 1, before, depth })).reverse()
}

/**
 * Selects the rows that fit, in their order: first running nodes, then failed, waiting and other ones. A last row
 * counts the omitted nodes.
 */
export function fitRows(rows: readonly GraphRow[], most: number): (GraphRow | Omission)[] {
  if (rows.length <= most) return [...rows]
  const rank: Record<RunState, number> = { running: 0, failed: 1, waiting: 2, successful: 3, cancelled: 4 }
  const chosen = new Set(
    [...rows].sort((a, b) => rank[a.node.state] - rank[b.node.state]).slice(0, Math.max(0, most - 1)),
  )
  const omitted = rows.filter((row) => !chosen.has(row))
  const counts = Object.fromEntries(
    STATES.map((state) => [state, omitted.filter(({ node }) => node.state === state).length]),
  ) as Record<RunState, number> // one entry for each state
  return [...rows.filter((row) => chosen.has(row)), { omitted: counts }]
}

export function graphLine(row: GraphRow | Omission, style: Style, now: number): string {
  if ('omitted' in row) {
    const parts = STATES.filter((state) => row.omitted[state] > 0).map((state) => `${row.omitted[state]} ${state}`)
    return style('dim', `… and ${parts.join(', ')}`)
  }
  const { branch, node, also } = row
  const details = nodeDetails(node, now)
  const after =
    also.length === 0
      ? ''
      : `also after ${also.slice(0, 3).join(', ')}${also.length > 3 ? ` and ${also.length - 3} more` : ''}`
  const notes = [details, after].filter((text) => text !== '').join('; ')
  return `${style('dim', branch)}${stateMark(node.state, style)} ${node.nodename}${notes === '' ? '' : `  ${style(node.error === undefined ? 'dim' : 'red', notes)}`}`
}
