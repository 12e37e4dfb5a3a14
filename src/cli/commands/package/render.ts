import { z } from 'zod'
import { defineCommand } from '../../shell/define-command.ts'
import { dropUnknownKeys, packageOptions, valuesOptions } from '../../shell/options.ts'
import { render } from '../../../operations/packages/render.ts'

export default defineCommand({
  input: z.object({
    ...packageOptions,
    ...valuesOptions,
    workflow: z.string().optional().meta({ description: 'the workflow to render (default: main)', value: 'name' }),
    dropUnknownKeys,
    all: z.boolean().default(false).describe('render every document of the package, not only the one to submit'),
    source: z.boolean().default(false).describe('show where each value comes from and which inputs it reads'),
    output: z.string().optional().meta({ description: 'write to a file, or - for stdout', value: 'file', short: 'o' }),
  }),
  positionals: ['target'],
  examples: [
    ['Show what the package in this folder would submit', 'cpm render . --set pattern=stripes'],
    ['Render all of its documents', 'cpm render . --all'],
    ['Show where each value comes from', 'cpm render . --source'],
  ],
  run: render,
  views: { human: ({ text, file }) => (file === undefined ? text.trimEnd() : `wrote ${file}`) },
})
