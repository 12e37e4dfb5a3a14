import { z } from 'zod'
import { installLocked } from '../../../operations/project/install.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { copy, filter, lockTimeout, registry } from '../../shell/options.ts'
import { renderInstall } from '../../views/install.ts'

export default defineCommand({
  input: z.object({
    offline: z.boolean().default(false).describe('use only what is on this machine'),
    prove: z.boolean().optional().meta({
      description: 'read every installed file, also those that were not written since they were last proven',
      opposite: 'read only files that were written since they were last proven, whatever your settings say',
    }),
    filter,
    copy,
    registry,
    lockTimeout,
  }),
  examples: [
    ['Install exactly what colony.lock says', 'cpm ci'],
    ['Read every file again', 'cpm ci --prove'],
  ],
  run: installLocked,
  views: { human: renderInstall },
})
