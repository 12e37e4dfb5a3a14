import { z } from 'zod'
import { readContexts } from '../../../operations/contexts.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({}),
  examples: [['See the contexts, with * at the default', 'cpm context list']],
  run: async (session) => {
    const { current, contexts } = readContexts(session.home(await session.config()).contexts)
    return Object.entries(contexts).map(([name, entry]) => ({ name, isCurrent: name === current, ...entry }))
  },
  views: {
    human: (contexts, style) =>
      contexts.length === 0
        ? 'no contexts: add one with cpm context add'
        : contexts
            .map(({ name, isCurrent, registry, server, colony, keyFile, s3 }) =>
              [
                `${isCurrent ? '*' : ' '} ${style('bold', name)}`,
                ...(colony === undefined ? [] : [`colony ${colony}`]),
                ...(server ? [`at ${server.tls ? 'https' : 'http'}://${server.host}:${server.port}`] : []),
                ...(registry === undefined ? [] : [`registry ${registry}`]),
                ...(s3 ? [`s3 ${s3.tls ? 'https' : 'http'}://${s3.endpoint}/${s3.bucket}`] : []),
                ...(keyFile === undefined ? [] : [`key in ${keyFile}`]),
              ].join('  '),
            )
            .join('\n'),
  },
})
