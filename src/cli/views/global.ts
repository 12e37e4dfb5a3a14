import { count } from '../../core/amounts.ts'
import type { GlobalResult, GlobalRootResult } from '../../operations/global/change.ts'
import type { listGlobal } from '../../operations/global/list.ts'
import type { Style } from '../terminal/style.ts'
import { statusMarks } from './status-marks.ts'

/** Renders changes of global packages, one per line, and a summary. */
export function renderGlobal({ roots, dryRun, bin }: GlobalResult, style: Style): string {
  const changed = roots.filter((root) => !isUpToDate(root))
  const executables = changed.flatMap((root) => root.executables)
  const would = dryRun ? 'would be ' : ''
  const installed = changed.filter(({ version }) => version !== null).length
  const removed = changed.length - installed
  const parts = [
    ...(installed > 0 ? [`${count(installed, 'package')} ${would}installed globally`] : []),
    ...(removed > 0 ? [`${count(removed, 'global package')} ${would}removed`] : []),
    ...(executables.length > 0 ? [`${count(executables.length, 'executable')} in ${bin}`] : []),
  ]
  const summary = parts.length > 0 ? parts.join(', ') : `up to date: ${count(roots.length, 'global package')}`
  return [...changed.map((root) => line(root, style)), summary].join('\n')
}

function line({ name, from, version, executables, installed }: GlobalRootResult, style: Style): string {
  if (version === null) return `${style('red', '-')} ${name} ${from ?? ''}`.trimEnd()
  const was = from === null || from === version ? [] : [`was ${from}`]
  const others = (installed?.packages.length ?? 1) - 1
  const notes = [
    ...was,
    ...(others > 0 ? [`with ${count(others, 'other package')}`] : []),
    ...(executables.length > 0 ? [`executables: ${executables.join(', ')}`] : []),
  ]
  return `${style('green', '+')} ${name} ${version}${notes.length > 0 ? style('dim', ` (${notes.join('; ')})`) : ''}`
}

function isUpToDate({ from, version, installed }: GlobalRootResult): boolean {
  return version !== null && from === version && installed?.upToDate === true && installed.unpacked === 0
}

type Listed = Awaited<ReturnType<typeof listGlobal>>

/** Renders the list of global packages. */
export function renderGlobalList({ packages, pending, totals }: Listed, style: Style): string {
  const lines = packages.map(({ name, version, executables, status }) => {
    const notes = [...executables, ...statusMarks(status)]
    return `${name} ${version}${notes.length > 0 ? style('dim', ` (${notes.join(', ')})`) : ''}`
  })
  const begun = pending.map(({ operation, name }) =>
    style('yellow', `${operation} ${name}: in progress, or interrupted; the next cpm install -g finishes or undoes it`),
  )
  const summary =
    totals.packages === 0
      ? 'no global packages: add one with cpm install -g <name>'
      : count(totals.packages, 'global package')
  return [...lines, ...begun, summary].join('\n')
}
