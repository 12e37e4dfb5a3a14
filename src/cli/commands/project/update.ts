import { z } from 'zod'
import { PackageName } from '../../../schema/name.ts'
import { update } from '../../../operations/project/update.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { copy, dryRun, lockTimeout, registry, selection } from '../../shell/options.ts'
import { renderInstall } from '../../views/install.ts'

export default defineCommand({
  input: z.object({
    names: z
      .array(PackageName)
      .default([])
      .meta({ description: 'packages to take newer versions of (default: all)', value: 'name' }),
    latest: z.boolean().default(false).describe('also beyond the ranges of colony.yaml, which are changed'),
    dryRun,
    copy,
    ...selection,
    registry,
    lockTimeout,
  }),
  positionals: ['names'],
  examples: [
    ['Everything, within the ranges of colony.yaml', 'cpm update'],
    ['One package; others stay where they can', 'cpm update codec'],
    ['A new major version', 'cpm update thumbnails --latest'],
  ],
  run: update,
  views: {
    human: ({ heldBack, others, ...report }, style) => {
      const versions = new Map(report.packages.map(({ name, version }) => [name, version]))
      const lines = heldBack.map(({ name, newest }) =>
        style(
          'dim',
          `${name} stays at ${versions.get(name) ?? ''}: ${newest} is incompatible with ${others} (cpm why-not ${name}@${newest})`,
        ),
      )
      return [renderInstall(report, style), ...lines].join('\n')
    },
  },
})
