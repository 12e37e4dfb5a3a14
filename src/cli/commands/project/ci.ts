import { z } from 'zod'
import { installLocked } from '../../../operations/project/install.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { copy, lockTimeout, registry } from '../../shell/options.ts'
import { renderInstall } from '../../views/install.ts'

export default defineCommand({
  input: z.object({
    offline: z.boolean().default(false).describe('use nothing that is not on this machine'),
    copy,
    registry,
    lockTimeout,
  }),
  examples: [['In a pipeline', 'cpm ci && cpm verify']],
  run: installLocked,
  views: { human: renderInstall },
})
