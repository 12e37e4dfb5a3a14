import type { ServerResponse } from 'node:http'
import { CpmError } from '../../src/core/errors.ts'

/** A signal that ends the work on a request whose client has left: nobody would read the answer. */
export function clientAbortSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  const leave = () => {
    if (!response.writableFinished) controller.abort(new CpmError('INTERRUPTED', 'the client has left'))
  }
  if (response.destroyed) leave()
  else response.once('close', leave)
  return controller.signal
}
