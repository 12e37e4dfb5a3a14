import { z } from 'zod'
import { manifestSchema } from '../../../schema/manifest-schema.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({}),
  examples: [['Check colony.yaml in an editor', 'cpm schema manifest > manifest.schema.json']],
  run: () => manifestSchema(),
  views: { human: (schema) => JSON.stringify(schema, null, 2) },
})
