import { z } from 'zod'
import { workflowSchema } from '../../../workflow/templates/workflow-schema.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({}),
  examples: [['Check workflows in an editor', 'cpm schema workflow > workflow.schema.json']],
  run: () => workflowSchema(),
  views: { human: (schema) => JSON.stringify(schema, null, 2) },
})
