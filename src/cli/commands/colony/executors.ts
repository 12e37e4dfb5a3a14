import { z } from 'zod'
import { RPCS } from '../../../schema/colony/rpcs.ts'
import { ago } from '../../../core/amounts.ts'
import { printable } from '../../../core/printable.ts'
import { openColony } from '../../../operations/runs/colony.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { context as contextOption } from '../../shell/options.ts'

export default defineCommand({
  input: z.object({
    all: z.boolean().default(false).describe('include removed and rejected executors'),
    context: contextOption,
  }),
  examples: [['See which executors take work', 'cpm colony executors']],
  run: async (session, { all, ...flags }) => {
    const { client } = await openColony(session, flags)
    const executors = await client.call(RPCS.getExecutors, { colonyname: client.colony })
    return executors
      .filter(({ state }) => all || state === 'approved' || state === 'pending')
      .map(({ executorname, executortype, executorid, state, locationname, lastheardfromtime }) => ({
        name: executorname,
        type: executortype,
        id: executorid,
        state,
        location: locationname,
        lastHeardFrom: lastheardfromtime ?? null,
      }))
  },
  views: {
    human: (executors, style) =>
      executors.length === 0
        ? 'the colony has no executors'
        : executors
            .map(({ name, type, state, lastHeardFrom }) => {
              const heard =
                lastHeardFrom === null ? 'never asked for work' : `last asked for work ${timeAgo(lastHeardFrom)}`
              return `${style('bold', printable(name))}  type ${printable(type)}  ${state}  ${printable(heard)}`
            })
            .join('\n'),
  },
})

/** A server may send any text. */
function timeAgo(time: string): string {
  return Number.isNaN(Date.parse(time)) ? time : ago(new Date(time), new Date())
}
