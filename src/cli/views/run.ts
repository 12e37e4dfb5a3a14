import { duration } from '../../core/amounts.ts'
import { exactJson } from '../../core/exact-json.ts'
import { oneLine, printable } from '../../core/printable.ts'
import type { RunSnapshot } from '../../engines/runs/snapshot.ts'
import { hasEnded } from '../../engines/runs/snapshot.ts'
import type { Style } from '../terminal/style.ts'

/** Formats a time in the local time zone. */
export function clock(time: string): string {
  const date = new Date(time)
  const two = (number: number) => String(number).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`
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
