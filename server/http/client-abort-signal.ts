import type { ServerResponse } from 'node:http'
import { CpmError } from '../../src/core/errors.ts'

/** Returns a signal that aborts when the client disconnects, since nobody would read the response. */
export function clientAbortSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  const leave = () => {
    if (!response.writableFinished) controller.abort(new CpmError('INTERRUPTED', 'the client disconnected'))
  }
  if (response.destroyed) leave()
  else response.once('close', leave)
  return controller.signal
}
