import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { Agent } from 'undici'
import { expect, test } from 'vitest'
import { isNeverSent, postEnvelope } from '../../../src/engines/colonyos/post.ts'

const error = (code: string, syscall?: string) =>
  Object.assign(new Error(code), { code, ...(syscall !== undefined && { syscall }) })

test.each([
  ['ECONNREFUSED', 'connect'],
  ['ENOTFOUND', 'getaddrinfo'],
  ['EHOSTUNREACH', 'connect'],
  ['UND_ERR_CONNECT_TIMEOUT', undefined],
  ['CERT_HAS_EXPIRED', undefined],
  ['ERR_SSL_WRONG_VERSION_NUMBER', undefined],
])('%s during %s means that no request was sent', (code, syscall) => {
  expect(isNeverSent(error(code, syscall))).toBe(true)
  expect(isNeverSent(new AggregateError([error(code, syscall)]))).toBe(true)
  expect(isNeverSent(new TypeError('fetch failed', { cause: error(code, syscall) }))).toBe(true)
})

test.each([
  ['ECONNRESET', 'read'],
  ['EHOSTUNREACH', 'read'],
  ['ENETUNREACH', 'write'],
  ['ETIMEDOUT', 'read'],
  ['ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', undefined],
  ['UND_ERR_SOCKET', undefined],
])('%s during %s can happen after the request was sent', (code, syscall) => {
  expect(isNeverSent(error(code, syscall))).toBe(false)
})

test('an answer that is not UTF-8 is refused, with its place', async () => {
  const server = http.createServer((_, response) => {
    response.writeHead(502).end(Buffer.from('<html>\nD\u00e9sol\u00e9, pas ici', 'latin1'))
  })
  const dispatcher = new Agent()
  try {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    await expect(postEnvelope('{}', { url, dispatcher, timeout: 5000 })).rejects.toMatchObject({
      code: 'COLONY_MISBEHAVED',
      message: `${url.host} answered 502 with a body that is not plain UTF-8 at 2:2`,
      details: { status: 502 },
    })
  } finally {
    await dispatcher.destroy()
    server.close()
  }
})
