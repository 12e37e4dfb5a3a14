import { z } from 'zod'
import { deprecate } from '../../../operations/registries/change-status.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout, registry } from '../../shell/options.ts'

export default defineCommand({
  input: z.object({
    release: z.string().meta({ description: 'what to warn of', value: 'name@version' }),
    reason: z.string().min(1).max(1024).optional().meta({ description: 'why', value: 'text' }),
    replacement: z.string().min(1).max(256).optional().meta({ description: 'what to use instead', value: 'name' }),
    undo: z.boolean().default(false).describe('take the deprecation back'),
    registry,
    lockTimeout,
  }),
  positionals: ['release'],
  examples: [
    ['Say what to use instead', 'cpm deprecate thumbs@1.0.0 --replacement thumbnails'],
    ['Take it back', 'cpm deprecate thumbs@1.0.0 --undo'],
  ],
  run: deprecate,
  views: {
    human: ({ name, version, place, deprecated }) =>
      deprecated
        ? `${name}@${version} is deprecated in ${place}: those who install it are warned`
        : `${name}@${version} is not deprecated any more in ${place}`,
  },
})
