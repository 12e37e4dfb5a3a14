import { z } from 'zod'
import { PackageName } from '../../../schema/name.ts'
import { updateGlobally } from '../../../operations/global/update.ts'
import { update } from '../../../operations/project/update.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { copy, dryRun, filter, global, lockTimeout, registry, selection } from '../../shell/options.ts'
import { refuseWithGlobal } from '../../shell/refuse-with-global.ts'
import { renderGlobal } from '../../views/global.ts'
import { renderInstall } from '../../views/install.ts'

export default defineCommand({
  input: z.object({
    names: z.array(PackageName).default([]).meta({ description: 'packages to update (default: all)', value: 'name' }),
    interactive: z.boolean().default(false).meta({ description: 'choose the packages from a list', short: 'i' }),
    global,
    latest: z.boolean().default(false).describe('update beyond the ranges in colony.yaml, and change them'),
    dryRun,
    filter,
    copy,
    ...selection,
    registry,
    lockTimeout,
  }),
  positionals: ['names'],
  examples: [
    ['Update all packages within the ranges in colony.yaml', 'cpm update'],
    ['Update one package, and others only if necessary', 'cpm update codec'],
    ['Choose what to update from a list', 'cpm update -i'],
    ['Update all global packages', 'cpm update -g'],
    ['Update to a new major version', 'cpm update thumbnails --latest'],
  ],
  run: async (session, { global, interactive, ...input }) => {
    if (!global) return await update(session, { ...input, interactive })
    refuseWithGlobal({ '--filter': input.filter !== undefined, '--interactive': interactive })
    return await updateGlobally(session, input)
  },
  views: {
    human: (value, style, shown) => {
      if ('roots' in value) return renderGlobal(value, style)
      const { heldBack, others, ...report } = value
      const versions = new Map(report.packages.map(({ name, version }) => [name, version]))
      const lines = heldBack.map(({ name, newest }) =>
        style(
          'dim',
          `${name} stays at ${versions.get(name) ?? ''}: ${newest} is incompatible with ${others} (cpm why-not ${name}@${newest})`,
        ),
      )
      return [renderInstall(report, style, shown), ...lines].join('\n')
    },
  },
})
