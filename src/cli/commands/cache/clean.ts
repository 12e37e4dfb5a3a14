import { z } from 'zod'
import { cleanCache } from '../../../operations/store/cache.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { dryRun } from '../../shell/options.ts'
import { kindLines, total } from '../../views/cache.ts'

export default defineCommand({
  input: z.object({
    all: z
      .boolean()
      .default(false)
      .describe('also remove what proves installed packages offline, and the memory of owners and indexes'),
    dryRun,
  }),
  examples: [
    ['Remove what registries would send again', 'cpm cache clean'],
    ['Show what would be removed', 'cpm cache clean --dry-run'],
  ],
  run: cleanCache,
  views: {
    human: ({ removed, kept, all, dryRun: isDry }) => {
      if (removed.files === 0) return `nothing to remove; ${total(kept)} left`
      const lines = [...kindLines(removed), `${isDry ? 'would free' : 'freed'} ${total(removed)}; ${total(kept)} left`]
      const loss = all ? OF_ALL : removed.kinds.index.files > 0 ? OF_INDEXES : undefined
      return [...lines, ...(loss === undefined ? [] : [loss])].join('\n')
    },
  },
})

const OF_INDEXES = 'offline, cpm can choose versions only after it has read the indexes again'
const OF_ALL =
  "offline, cpm can't prove installed packages until cpm verify has reached their registries; changes of owners and indexes until then go unnoticed"
