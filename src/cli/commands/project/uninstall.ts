import { z } from 'zod'
import { PackageName } from '../../../schema/name.ts'
import { uninstall } from '../../../operations/project/uninstall.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { copy, dryRun, lockTimeout, registry } from '../../shell/options.ts'
import { renderInstall } from '../../views/install.ts'

export default defineCommand({
  input: z.object({
    names: z.array(PackageName).min(1).meta({ description: 'packages to remove', value: 'name' }),
    dryRun,
    copy,
    registry,
    lockTimeout,
  }),
  positionals: ['names'],
  examples: [['Remove a package, and dependencies that only it needed', 'cpm uninstall thumbnails']],
  run: uninstall,
  views: { human: renderInstall },
})
