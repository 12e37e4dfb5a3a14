import { z } from 'zod'
import { deprecate } from '../../../operations/registries/change-status.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout, registry } from '../../shell/options.ts'

export default defineCommand({
  input: z.object({
    release: z.string().meta({ description: 'the version to deprecate', value: 'name@version' }),
    reason: z.string().min(1).max(1024).optional().meta({ description: 'why', value: 'text' }),
    replacement: z.string().min(1).max(256).optional().meta({ description: 'what to use instead', value: 'name' }),
    undo: z.boolean().default(false).describe('undo the deprecation'),
    registry,
    lockTimeout,
  }),
  positionals: ['release'],
  examples: [
    ['Deprecate a version and name a replacement', 'cpm deprecate thumbs@1.0.0 --replacement thumbnails'],
    ['Undo a deprecation', 'cpm deprecate thumbs@1.0.0 --undo'],
  ],
  run: deprecate,
  views: {
    human: ({ name, version, place, deprecated }) =>
      deprecated
        ? `${name}@${version} is deprecated in ${place}: users who install it get a warning`
        : `${name}@${version} is no longer deprecated in ${place}`,
  },
})
