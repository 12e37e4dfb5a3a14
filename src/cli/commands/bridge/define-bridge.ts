import { z } from 'zod'
import type { BridgeMethod } from '../../../schema/bridge.ts'
import { exactJson } from '../../../core/exact-json.ts'
import { CpmError } from '../../../core/errors.ts'
import { ERRORS } from '../../../schema/errors.ts'
import { type BridgeAnswer, callBridge } from '../../../operations/bridge/call.ts'
import { defineCommand } from '../../shell/define-command.ts'

/** A command that reads one JSON document and prints one, whether it succeeds or not. */
export function defineBridge(method: BridgeMethod, example: readonly [what: string, line: string]) {
  return defineCommand({
    input: z.object({}),
    examples: [example],
    run: async (session): Promise<BridgeAnswer> => {
      const text = Buffer.from(await session.readInput()).toString('utf8')
      const answer = await callBridge(session, method, text)
      // With --json, the answer has the form of all commands, which has the same fields and more.
      if (session.screen === undefined && answer.error) {
        throw CpmError.fromJSON(answer.error)
      }
      return answer
    },
    json: ({ data }) => data,
    exit: ({ error }) => (error ? ERRORS[error.code].exit : 'ok'),
    views: { human: (answer) => exactJson(answer) },
  })
}
