import { z } from 'zod'
import { inputsSchema } from '../../../workflow/values/json-schema.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { packageOptions } from '../../shell/options.ts'
import { findInputs } from '../../../operations/packages/package-inputs.ts'

export default defineCommand({
  input: z.object({
    ...packageOptions,
  }),
  positionals: ['target'],
  examples: [['Check a values file in an editor', 'cpm values schema thumbnails > values.schema.json']],
  run: async (session, options) => {
    const { manifest, merged, find } = await findInputs(session, options)
    return inputsSchema(manifest, merged.declared, find)
  },
  views: { human: (schema) => JSON.stringify(schema, null, 2) },
})
