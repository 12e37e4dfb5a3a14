import { z } from 'zod'
import { inputsSchema } from '../../workflow/values/json-schema.ts'
import { defineCommand } from '../define-command.ts'
import { findInputs } from '../package-inputs.ts'

export default defineCommand({
  name: 'values schema',
  summary: 'Print the JSON Schema of a package’s inputs',
  input: z.object({
    target: z
      .string()
      .default('.')
      .meta({ description: 'an installed package, or a package’s folder', value: 'package|dir' }),
  }),
  positionals: ['target'],
  examples: [['Check a file of values in an editor', 'cpm values schema thumbnails > values.schema.json']],
  run: async (context, { target }) => {
    const { manifest, laid, find } = await findInputs(context, target)
    return inputsSchema(manifest, laid.declared, find)
  },
  views: { human: (schema) => JSON.stringify(schema, null, 2) },
})
