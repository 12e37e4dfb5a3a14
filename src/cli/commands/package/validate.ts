import { z } from 'zod'
import { defineCommand } from '../../shell/define-command.ts'
import { allow, junit } from '../../shell/options.ts'
import { count } from '../../../core/amounts.ts'
import { validate } from '../../../operations/packages/validate.ts'

export default defineCommand({
  input: z.object({ dir: z.string().default('.').describe('the folder of the package'), allow, junit }),
  positionals: ['dir'],
  examples: [['Check the package in this folder', 'cpm validate']],
  run: validate,
  views: {
    human: ({ name, version, files }, style) =>
      `${style('green', 'valid:')} ${name}@${version}, ${count(files, 'file')} to pack`,
  },
})
