import { exactJson } from '../../core/exact-json.ts'
import { printable } from '../../core/printable.ts'
import type { RunSnapshot } from '../../engines/runs/snapshot.ts'
import { bytes, count, duration } from '../../core/amounts.ts'
import type { LocalDryRun } from '../../operations/runs/local-dry-run.ts'
import type { Style } from '../terminal/style.ts'
import type { Submitted } from '../../operations/runs/submission.ts'
import { handedOn } from './run.ts'

/** Renders the result of a submission. */
export function renderSubmitted(value: Submitted & { from: string }, style: Style): string {
  if ('dryRun' in value && 'nodes' in value) return renderPlan(value)
  if ('dryRun' in value) {
    const run = value.run === undefined ? '' : ` as run ${value.run}`
    const uploads = (value.uploads ?? []).map(
      ({ package: name, version, files, bytes: size, label, s3 = 'an S3 server that is not selected yet' }) =>
        `would upload ${count(files, 'file')} of ${name}@${version}, ${bytes(size)}, to ${s3}, under the ColonyFS label ${label}\n`,
    )
    const to =
      value.colony === null || value.server === null
        ? 'a colony, once cpm context add selects one'
        : `the colony ${value.colony} on ${value.server}${run}`
    return `${uploads.join('')}would send this to ${to}:\n${printable(exactJson(value.sent, 2))}`
  }
  if ('fit' in value) {
    const doubts = value.doubts.map((doubt) => `  unknown: ${printable(doubt)}`)
    return [`the colony ${value.colony} can run it`, ...doubts].join('\n')
  }
  if ('added' in value) {
    const { kind, name, id, outcome } = value.added
    const said = { added: 'added', changed: 'changed', unchanged: 'unchanged:' }[outcome]
    return `${said} the ${kind} ${style('bold', name)} in the colony ${value.colony} (${id})`
  }
  return renderRun(value, style)
}

function renderRun(value: RunSnapshot & { from: string }, style: Style): string {
  const { run, state, nodes, package: of, colony, folder = '', submittedAt, finishedAt } = value
  const place = colony ? `the colony ${printable(colony.name)}` : 'this machine'
  const title = `${of.name}@${of.version} (${value.from})`
  if (state !== 'successful')
    return [
      `submitted ${title} to ${place} as run ${style('bold', run)}, of ${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}`,
      `  cpm workflow wait ${run}`,
    ].join('\n')
  const took =
    finishedAt === undefined ? '' : ` in ${duration((Date.parse(finishedAt) - Date.parse(submittedAt)) / 1000)}`
  const where = colony ? `in ${place}${took} as run ${run}` : `on ${place}${took}; logs and outputs are in ${folder}`
  return [...outputsOf(nodes, run), `${title} ran ${where}`].join('\n')
}

const MOST_OUTPUTS = 20

/** Shows what a run produced: the outputs that no other node of it reads. */
function outputsOf(nodes: RunSnapshot['nodes'], run: string): string[] {
  const read = new Set(nodes.flatMap(({ dependencies }) => dependencies))
  const lines = nodes.flatMap(({ nodename, out = [] }) =>
    read.has(nodename) || out.length === 0 ? [] : [`${nodename}: ${handedOn(out)}`],
  )
  if (lines.length <= MOST_OUTPUTS) return lines
  return [...lines.slice(0, MOST_OUTPUTS), `… and ${lines.length - MOST_OUTPUTS} more: cpm workflow get ${run}`]
}

/** Renders what would run, one node per line; without an engine also the document, and how to choose an engine. */
function renderPlan({ engine, kind, workflow, nodes, spec }: LocalDryRun): string {
  const lines = nodes.map(({ nodename, funcname, executortype, after, command }) => {
    const runs =
      command === null ? `${funcname} on ${executortype}` : command.map((word) => JSON.stringify(word)).join(' ')
    return `  ${printable(nodename)}: ${printable(runs)}${after.length > 0 ? ` (after ${printable(after.join(', '))})` : ''}`
  })
  const title = `would run ${workflow} (${kind}, ${count(nodes.length, 'node')})`
  if (engine === 'local') return [`${title} on this machine:`, ...lines].join('\n')
  const text = printable(exactJson(spec, 2))
  const choose = 'no engine is selected: --engine local shows the programs, --engine colonyos what a colony would get'
  return [`${title}:`, ...lines, text, choose].join('\n')
}
