import { expect, test } from 'vitest'
import { isNeverSent } from '../../../src/engines/colonyos/post.ts'

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
