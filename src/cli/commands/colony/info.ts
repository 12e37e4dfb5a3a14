import { z } from 'zod'
import { RPCS } from '../../../schema/colony/rpcs.ts'
import { printable } from '../../../core/printable.ts'
import { serverVersion } from '../../../engines/colonyos/server-version.ts'
import { openColony } from '../../../operations/runs/colony.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { context as contextOption } from '../../shell/options.ts'

export default defineCommand({
  input: z.object({ context: contextOption }),
  examples: [
    ['Check the address and the key', 'cpm colony info'],
    ['Check another context', 'cpm colony info --context lab'],
  ],
  run: async (session, flags) => {
    const { client, choice } = await openColony(session, flags)
    const colonyname = client.colony
    const server = await serverVersion(client)
    const { colonyid } = await client.call(RPCS.getColony, { colonyname })
    const statistics = await client.call(RPCS.getStatistics, { colonyname })
    return {
      colony: colonyname,
      colonyId: colonyid,
      server: client.wire.url.href,
      serverVersion: server.text ?? null,
      yourId: client.identity.id,
      from: choice.from,
      statistics,
    }
  },
  views: {
    human: ({ colony, server, serverVersion: version, yourId, from, statistics: s }, style) =>
      [
        `colony ${style('bold', printable(colony))} (${from})`,
        `  server     ${server}, ${version === null ? 'older than 1.9.0' : `version ${printable(version)}`}`,
        `  you are    ${yourId}`,
        `  executors  ${s.executors}, ${s.activeexecutors} recently active`,
        `  workflows  ${counts(s.waitingworkflows, s.runningworkflows, s.successfulworkflows, s.failedworkflows, s.cancelledworkflows)}`,
        `  processes  ${counts(s.waitingprocesses, s.runningprocesses, s.successfulprocesses, s.failedprocesses, s.cancelledprocesses)}`,
      ].join('\n'),
  },
})

function counts(waiting: number, running: number, successful: number, failed: number, cancelled: number): string {
  return `${waiting} waiting, ${running} running, ${successful} successful, ${failed} failed, ${cancelled} cancelled`
}
