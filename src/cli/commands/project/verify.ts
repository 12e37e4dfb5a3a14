import { z } from 'zod'
import { defineCommand } from '../../shell/define-command.ts'
import { offline, registry } from '../../shell/options.ts'
import { count } from '../../../core/amounts.ts'
import { verify } from '../../../operations/project/verify.ts'

export default defineCommand({
  input: z.object({ offline, registry }),
  examples: [
    ['Prove all installed packages', 'cpm verify'],
    ['Verify in a pipeline', 'cpm verify --json'],
  ],
  run: verify,
  views: {
    human: ({ packages, files, unproven }, style) => {
      const proven = `${style('green', 'proven:')} ${count(packages, 'package')}, ${count(files, 'file')}`
      return unproven.length === 0 ? proven : `${proven}; not provable because they are folders: ${unproven.join(', ')}`
    },
  },
})
