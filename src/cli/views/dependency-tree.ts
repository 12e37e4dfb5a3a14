import type { Tree } from '../../operations/project/tree.ts'
import type { Style } from '../terminal/style.ts'
import { branches } from './branches.ts'

const REPEATED = '(*)'

/** Draws the dependencies of a project or package. Those that an earlier row has already shown are marked. */
export function renderTree({ root, name, version, rows }: Tree, style: Style): string {
  const title = name ?? (root === '.' ? 'your project' : root)
  const drawn = branches(rows.map(({ depth }) => depth))
  const lines = rows.map(({ name, version, requirement, dev, path, omitted, repeated }, row) => {
    const notes = [
      path === undefined ? requirement : `in ${path}`,
      ...(dev ? ['for development'] : []),
      ...(omitted === undefined ? [] : [`left out: ${omitted}`]),
    ]
    const mark = repeated ? ` ${REPEATED}` : ''
    const label = version === null ? style('dim', name) : `${name} ${version}`
    return `${style('dim', drawn[row] ?? '')}${label}${style('dim', ` (${notes.join(', ')})${mark}`)}`
  })
  const legend = rows.some(({ repeated }) => repeated) ? [style('dim', `${REPEATED} see its dependencies above`)] : []
  const none = rows.length === 0 ? [style('dim', 'no dependencies')] : []
  return [version === null ? title : `${title} ${version}`, ...lines, ...none, ...legend].join('\n')
}
