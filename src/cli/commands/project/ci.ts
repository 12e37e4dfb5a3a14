import { z } from 'zod'
import { installLocked } from '../../../operations/project/install.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { copy, lockTimeout, registry } from '../../shell/options.ts'
import { renderInstall } from '../../views/install.ts'

export default defineCommand({
  input: z.object({
    offline: z.boolean().default(false).describe('use only what is on this machine'),
    copy,
    registry,
    lockTimeout,
  }),
  examples: [['Install and verify in a pipeline', 'cpm ci && cpm verify']],
  run: installLocked,
  views: { human: renderInstall },
})
