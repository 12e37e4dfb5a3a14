import type { FastifyInstance } from 'fastify'
import { parseJson } from '../../src/core/canonical-json.ts'
import { CpmError } from '../../src/core/errors.ts'

/** Makes the server parse JSON bodies the way the rest of cpm parses JSON. */
export function parseJsonBodies(app: FastifyInstance): void {
  app.removeContentTypeParser(['text/plain', 'application/json'])
  // Other readers may disagree with the framework's parser about duplicate keys and invalid UTF-8.
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      if (body.length === 0) throw new CpmError('REQUEST_INVALID', 'the body is empty, but its content type is JSON')
      done(null, parseJson(body, 'REQUEST_INVALID', 'body'))
    } catch (error) {
      done(error as CpmError)
    }
  })
}
