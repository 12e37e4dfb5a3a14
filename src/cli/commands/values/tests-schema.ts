import { z } from 'zod'
import { testsSchema } from '../../../workflow/tests/test-file.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({}),
  examples: [['Check tests in an editor', 'cpm schema tests > tests.schema.json']],
  run: () => testsSchema(),
  views: { human: (schema) => JSON.stringify(schema, null, 2) },
})
