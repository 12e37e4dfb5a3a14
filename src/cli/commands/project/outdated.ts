import { z } from 'zod'
import { type Version } from '../../../schema/version.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { statusMarks } from '../../views/status-marks.ts'
import { filter, lockTimeout, offline, registry } from '../../shell/options.ts'
import type { Style } from '../../terminal/style.ts'
import { type Outdated, outdated } from '../../../operations/project/outdated.ts'

export default defineCommand({
  input: z.object({
    filter,
    offline,
    registry,
    lockTimeout,
  }),
  examples: [['Remind a pipeline to update', 'cpm outdated || echo time to update']],
  run: outdated,
  exit: ({ packages, flagged }) => (packages.length + flagged.length > 0 ? 'changesNeeded' : 'ok'),
  views: {
    human: ({ packages, flagged, checked }, style) => {
      if (packages.length + flagged.length === 0)
        return `up to date: ${checked} direct ${checked === 1 ? 'dependency' : 'dependencies'}`
      const lines = packages.map((each) => line(each, style))
      const left = flagged.map(
        ({ name, version, status }) => `${name} ${version}${style('yellow', ` (${statusMarks(status).join(', ')})`)}`,
      )
      return [...lines, ...left, ...advice(packages).map((text) => style('dim', text))].join('\n')
    },
  },
})

function line({ name, locked, wanted, latest, update, updateLatest }: Outdated, style: Style): string {
  const isMoved = update !== null && update !== locked
  const head = isMoved ? `${name} ${locked} → ${style('green', update)}` : `${name} ${locked}`
  const held = (version: Version) => `${version} is held back: cpm why-not ${name}@${version}`
  const beyond =
    latest === wanted || latest === update ? [] : [updateLatest === latest ? `${latest} with --latest` : held(latest)]
  const notes = [...(wanted === locked || wanted === update ? [] : [held(wanted)]), ...beyond]
  return notes.length === 0 ? head : `${head}${style('dim', ` (${notes.join('; ')})`)}`
}

/** Suggests only commands that were tried and change something. */
function advice(packages: readonly Outdated[]): string[] {
  const moves = (to: (each: Outdated) => Version | null) =>
    packages.some((each) => to(each) !== null && to(each) !== each.locked)
  if (moves(({ update }) => update)) return ['cpm update takes the newest versions that colony.yaml allows']
  if (moves(({ updateLatest }) => updateLatest)) return ['cpm update --latest also changes the ranges in colony.yaml']
  return []
}
