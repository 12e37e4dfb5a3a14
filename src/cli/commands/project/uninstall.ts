import { z } from 'zod'
import { PackageName } from '../../../schema/name.ts'
import { uninstallGlobally } from '../../../operations/global/uninstall.ts'
import { uninstall } from '../../../operations/project/uninstall.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { copy, dryRun, filter, global, lockTimeout, registry } from '../../shell/options.ts'
import { refuseWithGlobal } from '../../shell/refuse-with-global.ts'
import { renderGlobal } from '../../views/global.ts'
import { renderInstall } from '../../views/install.ts'

export default defineCommand({
  input: z.object({
    names: z.array(PackageName).min(1).meta({ description: 'packages to remove', value: 'name' }),
    global,
    dryRun,
    filter,
    copy,
    registry,
    lockTimeout,
  }),
  positionals: ['names'],
  examples: [
    ['Remove a package, and dependencies that only it needed', 'cpm uninstall thumbnails'],
    ['Remove a global package', 'cpm uninstall -g thumbnails'],
  ],
  run: async (session, { global, ...input }) => {
    if (!global) return await uninstall(session, input)
    refuseWithGlobal({ '--filter': input.filter !== undefined })
    return await uninstallGlobally(session, input)
  },
  views: {
    human: (value, style, shown) =>
      'roots' in value ? renderGlobal(value, style) : renderInstall(value, style, shown),
  },
})
