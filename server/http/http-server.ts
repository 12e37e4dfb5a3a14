import http from 'node:http'
import * as limits from './limits.ts'

/** The server of Node, with its own limits. */
export function createHttpServer(handler: http.RequestListener): http.Server {
  return http.createServer(
    {
      headersTimeout: limits.HEADERS_TIMEOUT,
      connectionsCheckingInterval: limits.TIMEOUTS_CHECKED_EVERY,
      maxHeaderSize: limits.MAX_HEADER_BYTES,
      // server/http/body-timeout.ts limits bodies: an archive is large, a line may be slow.
      requestTimeout: 0,
    },
    handler,
  )
}
