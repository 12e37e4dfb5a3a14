import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { changeContexts } from '../../../operations/change-contexts.ts'
import { unknownContext } from '../../../operations/contexts.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout } from '../../shell/options.ts'

export default defineCommand({
  input: z.object({ name: z.string().meta({ description: 'the context', value: 'name' }), lockTimeout }),
  positionals: ['name'],
  examples: [['Remove a context', 'cpm context remove lab']],
  run: async (session, { name, lockTimeout }) => {
    const { colonyKeys } = session.home(await session.config())
    let keyRemoved = false as boolean // set in the callback, which the compiler does not follow
    await changeContexts(session, lockTimeout, ({ current, contexts, ...before }) => {
      if (!Object.hasOwn(contexts, name)) throw unknownContext(name, contexts)
      const { [name]: removed, ...others } = contexts
      // Keeps a key file that the user named.
      keyRemoved = removed?.keyFile === path.join(colonyKeys, name)
      return { ...before, ...(current !== undefined && current !== name && { current }), contexts: others }
    })
    if (keyRemoved) fs.rmSync(path.join(colonyKeys, name), { force: true })
    return { name, keyRemoved }
  },
  views: { human: ({ name, keyRemoved }) => `removed ${name}${keyRemoved ? ' and its key' : ''}` },
})
