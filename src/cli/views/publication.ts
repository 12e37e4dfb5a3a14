import { count } from '../../core/amounts.ts'
import type { publish } from '../../operations/packages/publish.ts'
import type { publishWorkspace } from '../../operations/packages/publish-workspace.ts'
import type { Style } from '../terminal/style.ts'

const MOST_LINES = 30

/** Renders what was published, one package per line, and a summary. */
export function renderPublication(
  { packages, place, key, dryRun }: Awaited<ReturnType<typeof publish>>,
  style: Style,
): string {
  const published = packages.filter(({ outcome }) => outcome === 'published')
  const unchanged = packages.length - published.length
  const said = [
    `${count(published.length, 'package')} ${dryRun ? 'would be ' : ''}published`,
    ...(unchanged > 0 ? [`${unchanged} already published`] : []),
  ]
  return [
    ...shortened(
      published.map(({ name, version }) => `${style('green', '+')} ${name} ${version}`),
      style,
    ),
    `${said.join(', ')} in ${place}${key === undefined ? '' : `, signed by ${key.slice(0, 16)}…`}`,
  ].join('\n')
}

/** Renders which members of a workspace were published, in order, and which were not. */
export function renderWorkspacePublication(
  { packages, alreadyPublished, withoutVersion, dryRun }: Awaited<ReturnType<typeof publishWorkspace>>,
  style: Style,
): string {
  const lines = packages.map(
    ({ name, version, place }) => `${style('green', '+')} ${name} ${version}${style('dim', ` in ${place}`)}`,
  )
  const said = [
    `${count(packages.length, 'package')} ${dryRun ? 'would be ' : ''}published`,
    ...(alreadyPublished.length > 0 ? [`${alreadyPublished.length} already published`] : []),
    ...(withoutVersion.length > 0 ? [`${withoutVersion.length} without a version`] : []),
  ]
  return [...shortened(lines, style), said.join(', ')].join('\n')
}

function shortened(lines: readonly string[], style: Style): string[] {
  const more = lines.length - MOST_LINES
  return more > 0 ? [...lines.slice(0, MOST_LINES), style('dim', `  … and ${more} more`)] : [...lines]
}
