import type { FastifyInstance } from 'fastify'
import { parseJson } from '../../src/core/canonical-json.ts'
import { CpmError } from '../../src/core/errors.ts'

/** Reads JSON bodies as every other part of cpm reads JSON. */
export function parseJsonBodies(app: FastifyInstance): void {
  app.removeContentTypeParser(['text/plain', 'application/json'])
  // What the framework's parser makes of a key that stands twice, or of bytes that are no text, another reader would not.
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      if (body.length === 0) throw new CpmError('REQUEST_INVALID', 'there is no body, though it is said to be JSON')
      done(null, parseJson(body, 'REQUEST_INVALID', 'body'))
    } catch (error) {
      done(error as CpmError)
    }
  })
}
