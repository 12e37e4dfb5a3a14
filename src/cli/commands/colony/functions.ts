import { z } from 'zod'
import { RPCS } from '../../../schema/colony/rpcs.ts'
import { printable } from '../../../core/printable.ts'
import { openColony } from '../../../operations/runs/colony.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { context as contextOption } from '../../shell/options.ts'

export default defineCommand({
  input: z.object({
    executor: z.string().optional().meta({ description: 'only functions of this executor', value: 'name' }),
    context: contextOption,
  }),
  examples: [
    ['List all functions', 'cpm colony functions'],
    ['List the functions of one executor', 'cpm colony functions --executor gpu-1'],
  ],
  run: async (session, { executor = '', ...flags }) => {
    const { client } = await openColony(session, flags)
    const functions = await client.call(RPCS.getFunctions, { colonyname: client.colony, executorname: executor })
    return functions.map(({ funcname, executortype, executorname, description, args }) => ({
      function: funcname,
      type: executortype,
      executor: executorname,
      description,
      arguments: args,
    }))
  },
  views: {
    human: (functions, style) =>
      functions.length === 0
        ? 'no executor advertises functions, but some may have them'
        : functions
            .map(({ function: name, type, executor, description, arguments: args }) => {
              const takes = args.map((arg) => `${arg.name}: ${arg.type}${arg.required ? '' : '?'}`).join(', ')
              const about = description === '' ? '' : `  ${printable(description)}`
              return `${style('bold', printable(name))}(${printable(takes)})  type ${printable(type)}  by ${printable(executor)}${about}`
            })
            .join('\n'),
  },
})
