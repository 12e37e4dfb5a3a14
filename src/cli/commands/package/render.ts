import { z } from 'zod'
import { defineCommand } from '../../shell/define-command.ts'
import { dropUnknownKeys, packageOptions, valuesOptions } from '../../shell/options.ts'
import { render } from '../../../operations/packages/render.ts'

export default defineCommand({
  input: z.object({
    ...packageOptions,
    ...valuesOptions,
    workflow: z
      .string()
      .optional()
      .meta({ description: 'which workflow, where main.yaml is not meant', value: 'name' }),
    dropUnknownKeys,
    all: z.boolean().default(false).describe('every document of the package, not only the one that would be submitted'),
    source: z.boolean().default(false).describe('say where each value comes from and which inputs it reads'),
    output: z
      .string()
      .optional()
      .meta({ description: 'write it to a file; - is standard output', value: 'file', short: 'o' }),
  }),
  positionals: ['target'],
  examples: [
    ['What the package in this folder would submit', 'cpm render . --set pattern=stripes'],
    ['Every document of it', 'cpm render . --all'],
    ['Where each value of it comes from', 'cpm render . --source'],
  ],
  run: render,
  views: { human: ({ text, file }) => (file === undefined ? text.trimEnd() : `wrote ${file}`) },
})
