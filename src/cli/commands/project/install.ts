import { z } from 'zod'
import { installGlobally } from '../../../operations/global/install.ts'
import { install } from '../../../operations/project/install.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { copy, dryRun, filter, global, lockTimeout, registry, selection } from '../../shell/options.ts'
import { refuseWithGlobal } from '../../shell/refuse-with-global.ts'
import { renderGlobal } from '../../views/global.ts'
import { renderInstall } from '../../views/install.ts'

export default defineCommand({
  input: z.object({
    names: z
      .array(z.string())
      .default([])
      .meta({ description: 'packages to add, as name or name@range', value: 'name@range' }),
    global: global.meta({
      description: 'install for you, outside of any project, with executables in $CPM_HOME/bin',
      short: 'g',
    }),
    dev: z.boolean().default(false).describe('add to devDependencies'),
    exact: z.boolean().default(false).describe('add the exact version instead of ^version'),
    frozen: z.boolean().optional().meta({
      description: 'fail if colony.lock would change (default if CI is set)',
      opposite: 'allow colony.lock to change, even in CI',
    }),
    offline: z.boolean().default(false).describe('use only what is on this machine'),
    dryRun,
    filter,
    copy,
    ...selection,
    registry,
    lockTimeout,
  }),
  positionals: ['names'],
  examples: [
    ['Install the dependencies of the project', 'cpm install'],
    ['Add a package', 'cpm install thumbnails'],
    ['Install a package for you, outside of any project', 'cpm install -g thumbnails'],
    ['Add a package with a range of versions', "cpm install 'thumbnails@>=1.2 <3'"],
  ],
  run: async (session, { global, dev, frozen, ...input }) => {
    if (!global) return await install(session, { dev, frozen, ...input })
    refuseWithGlobal({ '--dev': dev, '--frozen': frozen === true, '--filter': input.filter !== undefined })
    return await installGlobally(session, input)
  },
  views: {
    human: (value, style, shown) =>
      'roots' in value ? renderGlobal(value, style) : renderInstall(value, style, shown),
  },
})
