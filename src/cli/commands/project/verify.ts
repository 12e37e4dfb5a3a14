import { z } from 'zod'
import { defineCommand } from '../../shell/define-command.ts'
import { global, offline, registry } from '../../shell/options.ts'
import { count } from '../../../core/amounts.ts'
import { verifyGlobal } from '../../../operations/global/verify.ts'
import { verify } from '../../../operations/project/verify.ts'

export default defineCommand({
  input: z.object({ global, offline, registry }),
  examples: [
    ['Prove all installed packages', 'cpm verify'],
    ['Prove all global packages', 'cpm verify -g'],
    ['Verify in a pipeline', 'cpm verify --json'],
  ],
  run: async (session, { global, ...input }) =>
    global ? await verifyGlobal(session, input) : await verify(session, input),
  views: {
    human: ({ packages, files, unproven }, style) => {
      const proven = `${style('green', 'proven:')} ${count(packages, 'package')}, ${count(files, 'file')}`
      return unproven.length === 0 ? proven : `${proven}; not provable because they are folders: ${unproven.join(', ')}`
    },
  },
})
