import { z } from 'zod'
import { install } from '../../../installer/install.ts'
import { requireProject } from '../../../installer/project.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { createInstallation } from '../../../operations/project/installation.ts'
import { copy, lockTimeout, registry } from '../../shell/options.ts'
import { installDocument, renderInstall } from '../../views/install.ts'

export default defineCommand({
  name: 'ci',
  summary: 'Install exactly what the lock says, proving every byte',
  input: z.object({
    offline: z.boolean().default(false).describe('use nothing that is not on this machine'),
    copy,
    registry,
    lockTimeout,
  }),
  examples: [['In a pipeline', 'cpm ci && cpm verify']],
  run: async (context, flags) => {
    const installation = await createInstallation(context, requireProject(context.cwd), flags)
    return installDocument(await install(installation, { frozen: true, proveAll: true }))
  },
  views: { human: renderInstall },
})
