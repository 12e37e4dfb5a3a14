import { addAbortSignal } from 'node:stream'
import { z } from 'zod'
import { exactJson } from '../../../core/exact-json.ts'
import { CpmError } from '../../../core/errors.ts'
import { answerLine, lineTooLong, MOST_BRIDGE_BYTES } from '../../../operations/bridge/call.ts'
import { linesOf } from '../../../operations/bridge/lines.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({}),
  examples: [
    ['Answer requests, one a line, until the input ends', 'cpm bridge serve'],
    ['Try it', `echo '{"id": 1, "method": "state"}' | cpm bridge serve`],
  ],
  run: async (session) => {
    const { screen, terminal, signal } = session
    if (!screen)
      throw new CpmError('USAGE', 'cpm bridge serve always prints JSON, one answer a line', {
        hint: 'cpm bridge serve',
      })
    addAbortSignal(signal, terminal.stdin)
    // One after the other: two calls may change the same project.
    for await (const line of linesOf(terminal.stdin as AsyncIterable<Uint8Array | string>, MOST_BRIDGE_BYTES)) {
      const answer = line === undefined ? lineTooLong() : await answerLine(session, line)
      if (!(await screen.write(`${exactJson(answer)}\n`))) return
    }
  },
  views: { human: () => '' },
})
