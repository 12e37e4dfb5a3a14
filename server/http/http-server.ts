import http from 'node:http'
import * as limits from './limits.ts'

/** Creates a Node.js HTTP server with our limits. */
export function createHttpServer(handler: http.RequestListener): http.Server {
  return http.createServer(
    {
      headersTimeout: limits.HEADERS_TIMEOUT,
      connectionsCheckingInterval: limits.TIMEOUTS_CHECKED_EVERY,
      maxHeaderSize: limits.MAX_HEADER_BYTES,
      // No fixed limit: archives are large and lines can be slow. server/http/body-timeout.ts limits bodies.
      requestTimeout: 0,
    },
    handler,
  )
}
