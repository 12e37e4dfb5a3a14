import { z } from 'zod'
import { cacheSize } from '../../../operations/store/cache.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { kindLines, total } from '../../views/cache.ts'

export default defineCommand({
  input: z.object({}),
  examples: [['Show how much the cache takes', 'cpm cache size']],
  run: cacheSize,
  views: { human: (size) => [...kindLines(size), `${total(size)} in ${size.path}`].join('\n') },
})
