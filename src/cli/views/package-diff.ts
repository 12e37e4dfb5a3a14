import type { Diff, DiffSide } from '../../operations/packages/diff.ts'
import type { Changes, FileFacts, Patch, WorkflowChange } from '../../operations/packages/package-changes.ts'
import { bytes, count } from '../../core/amounts.ts'
import { oneLine, printable } from '../../core/printable.ts'
import type { Style } from '../terminal/style.ts'

/** What both packages contain is a stranger's text, so none of it reaches the terminal as it is. */
export function renderDiff(diff: Diff, style: Style): string {
  const { before, after, files, inputs, dependencies, manifest, workflows } = diff
  const title = style('bold', `${idOf(before)} -> ${idOf(after)}`)
  const sections = [
    section('signed by', signers(before, after)),
    section('manifest', valueLines(manifest, style)),
    section('dependencies', valueLines(dependencies, style)),
    section('inputs', valueLines(inputs, style)),
    section('files', fileLines(files, style)),
    section('workflows, with the defaults of their inputs or samples', workflowLines(workflows, style)),
  ].filter((text) => text !== '')
  const size = `size: ${sizeOf(before)} -> ${sizeOf(after)}`
  if (diff.same && sections.length === 0) return `${title}\nno differences`
  return [title, size, ...sections].join('\n')
}

function idOf({ name, version, from }: DiffSide): string {
  return `${name}@${version}${from === 'registry' ? '' : from === 'folder' ? ' (folder)' : ' (locked)'}`
}

function sizeOf({ files, size }: DiffSide): string {
  return `${count(files, 'file')}, ${bytes(size)}`
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [`${title}:`, ...lines.map((line) => `  ${line}`)].join('\n')
}

function signers(before: DiffSide, after: DiffSide): string[] {
  if (!before.signers || !after.signers || !before.owners || !after.owners) return []
  const lines = [keyChange('signers', before.signers, after.signers), keyChange('owners', before.owners, after.owners)]
  return lines.flatMap((line) => line ?? [])
}

function keyChange(what: string, before: readonly string[], after: readonly string[]): string | undefined {
  const text = (keys: readonly string[]) => [...keys].sort().join(', ') || 'nobody'
  return text(before) === text(after) ? undefined : `${what}: ${text(before)} -> ${text(after)}`
}

function valueLines({ added, removed, changed }: Changes<unknown>, style: Style): string[] {
  return [
    ...removed.map(({ key, before }) => style('red', `- ${oneLine(key)}: ${valueText(before)}`)),
    ...added.map(({ key, after }) => style('green', `+ ${oneLine(key)}: ${valueText(after)}`)),
    ...changed.map(({ key, before, after }) => `~ ${oneLine(key)}: ${valueText(before)} -> ${valueText(after)}`),
  ]
}

/** A longer value is in the JSON output. */
const LONGEST_VALUE = 300

function valueText(value: unknown): string {
  const text = oneLine(typeof value === 'string' ? value : JSON.stringify(value))
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text
}

/** The most files to list of each kind; --json lists all. */
const MOST_FILES = 200

function fileLines({ added, removed, changed }: Diff['files'], style: Style): string[] {
  return [
    ...shown(removed, ({ key, before }) => [style('red', `- ${oneLine(key)} ${bytes(before.size)}`)]),
    ...shown(added, ({ key, after }) => [style('green', `+ ${oneLine(key)} ${bytes(after.size)}`)]),
    ...shown(changed, ({ key, before, after, patch }) => [
      `~ ${oneLine(key)} ${factChange(before, after)}`,
      ...(patch ? patchLines(patch, style) : []),
    ]),
  ]
}

function shown<T>(items: readonly T[], linesOf: (item: T) => string[]): string[] {
  const rest = items.length - MOST_FILES
  return [...items.slice(0, MOST_FILES).flatMap(linesOf), ...(rest > 0 ? [`… and ${rest} more; --json lists all`] : [])]
}

function factChange(before: FileFacts, after: FileFacts): string {
  const mode = ({ executable }: FileFacts) => (executable ? 'executable' : 'not executable')
  const size = before.size === after.size ? bytes(after.size) : `${bytes(before.size)} -> ${bytes(after.size)}`
  return before.executable === after.executable ? size : `${size}, ${mode(before)} -> ${mode(after)}`
}

function patchLines(patch: Patch, style: Style): string[] {
  if ('omitted' in patch) return [style('dim', `  (${patch.omitted})`)]
  return patch.lines.map((line) => {
    const text = `  ${printable(line).replaceAll('\n', '')}`
    if (line.startsWith('+')) return style('green', text)
    return line.startsWith('-') ? style('red', text) : line.startsWith('@@') ? style('cyan', text) : text
  })
}

function workflowLines(workflows: readonly WorkflowChange[], style: Style): string[] {
  return workflows.flatMap(({ file, before, after, patch }) => {
    const mark = before === null ? '+' : after === null ? '-' : '~'
    const problems = [before, after].flatMap((side, index) =>
      side && 'problem' in side
        ? [`  ${index === 0 ? 'before' : 'after'}: not rendered: ${oneLine(side.problem)}`]
        : [],
    )
    return [`${mark} ${oneLine(file)}`, ...new Set(problems), ...(patch ? patchLines(patch, style) : [])]
  })
}
