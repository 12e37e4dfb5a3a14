import { z } from 'zod'
import { unyank } from '../../../operations/registries/change-status.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout, registry } from '../../shell/options.ts'

export default defineCommand({
  input: z.object({
    release: z.string().meta({ description: 'the version to unyank', value: 'name@version' }),
    registry,
    lockTimeout,
  }),
  positionals: ['release'],
  examples: [['Undo a yank', 'cpm unyank thumbnails@1.2.0']],
  run: unyank,
  views: { human: ({ name, version, place }) => `${name}@${version} can be chosen again in ${place}` },
})
