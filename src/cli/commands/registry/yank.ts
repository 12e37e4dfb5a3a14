import { z } from 'zod'
import { yank } from '../../../operations/registries/change-status.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout, registry } from '../../shell/options.ts'

export default defineCommand({
  input: z.object({
    release: z.string().meta({ description: 'the version to yank', value: 'name@version' }),
    reason: z.string().min(1).max(1024).optional().meta({ description: 'why, for users who have it', value: 'text' }),
    registry,
    lockTimeout,
  }),
  positionals: ['release'],
  examples: [['Yank a version; locks that have it keep working', "cpm yank thumbnails@1.2.0 --reason 'wrong colors'"]],
  run: yank,
  views: {
    human: ({ name, version, place }) =>
      `${name}@${version} is yanked in ${place}: only existing locks still install it`,
  },
})
