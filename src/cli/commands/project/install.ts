import { z } from 'zod'
import { install } from '../../../operations/project/install.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { copy, dryRun, lockTimeout, registry, selection } from '../../shell/options.ts'
import { renderInstall } from '../../views/install.ts'

export default defineCommand({
  input: z.object({
    names: z
      .array(z.string())
      .default([])
      .meta({ description: 'packages to add, as name or name@range', value: 'name@range' }),
    dev: z.boolean().default(false).describe('add to devDependencies'),
    exact: z.boolean().default(false).describe('add the exact version instead of ^version'),
    frozen: z.boolean().optional().meta({
      description: 'fail if colony.lock would change (default if CI is set)',
      opposite: 'allow colony.lock to change, even in CI',
    }),
    offline: z.boolean().default(false).describe('use only what is on this machine'),
    dryRun,
    copy,
    ...selection,
    registry,
    lockTimeout,
  }),
  positionals: ['names'],
  examples: [
    ['Install the dependencies of the project', 'cpm install'],
    ['Add a package', 'cpm install thumbnails'],
    ['Add a package with a range of versions', "cpm install 'thumbnails@>=1.2 <3'"],
  ],
  run: install,
  views: { human: renderInstall },
})
