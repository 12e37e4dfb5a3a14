import { z } from 'zod'
import { cacheFolder } from '../../../operations/store/cache.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({}),
  examples: [['Print the folder of the cache', 'cpm cache dir']],
  run: cacheFolder,
  views: { human: ({ path }) => path },
})
