import { z } from 'zod'
import { changeContexts } from '../../../operations/change-contexts.ts'
import { unknownContext } from '../../../operations/contexts.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout } from '../../shell/options.ts'

export default defineCommand({
  input: z.object({ name: z.string().meta({ description: 'the context', value: 'name' }), lockTimeout }),
  positionals: ['name'],
  examples: [["Use the lab's colony by default", 'cpm context use lab']],
  run: async (session, { name, lockTimeout }) => {
    await changeContexts(session, lockTimeout, (before) => {
      if (!Object.hasOwn(before.contexts, name)) throw unknownContext(name, before.contexts)
      return { ...before, current: name }
    })
    return { name }
  },
  views: { human: ({ name }) => `using ${name}` },
})
