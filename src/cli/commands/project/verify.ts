import { z } from 'zod'
import { defineCommand } from '../../shell/define-command.ts'
import { filter, global, offline, registry } from '../../shell/options.ts'
import { refuseWithGlobal } from '../../shell/refuse-with-global.ts'
import { count } from '../../../core/amounts.ts'
import { verifyGlobal } from '../../../operations/global/verify.ts'
import { verify } from '../../../operations/project/verify.ts'

export default defineCommand({
  input: z.object({ global, filter, offline, registry }),
  examples: [
    ['Prove all installed packages', 'cpm verify'],
    ['Prove all global packages', 'cpm verify -g'],
    ['Verify in a pipeline', 'cpm verify --json'],
  ],
  run: async (session, { global, ...input }) => {
    if (!global) return await verify(session, input)
    refuseWithGlobal({ '--filter': input.filter !== undefined })
    return await verifyGlobal(session, input)
  },
  views: {
    human: ({ packages, files, unproven }, style) => {
      const proven = `${style('green', 'proven:')} ${count(packages, 'package')}, ${count(files, 'file')}`
      return unproven.length === 0 ? proven : `${proven}; not provable because they are folders: ${unproven.join(', ')}`
    },
  },
})
