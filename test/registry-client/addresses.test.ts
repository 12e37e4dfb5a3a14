import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { EnvironmentVariables } from '../../src/core/environment-variables.ts'
import { Authorization } from '../../src/registry-client/authorization.ts'
import { isLoopback, parseRegistryUrl } from '../../src/registry-client/registry-url.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-test-'))
afterAll(() => {
  fs.rmSync(folder, { recursive: true })
})

/** Whether a token saved for one URL is sent with a request to the registry at another URL. */
function isSent(kept: string, registry: string, request = parseRegistryUrl(registry).href): boolean {
  const credentials = path.join(folder, 'credentials.json')
  const tokens = { [kept]: { token: 'the-token', savedAt: '2026-01-01T00:00:00.000Z' } }
  fs.writeFileSync(credentials, JSON.stringify({ schemaVersion: 1, tokens }), { mode: 0o600 })
  const parts = { env: new EnvironmentVariables({}), credentials, trusted: true, insecure: true }
  return new Authorization(parseRegistryUrl(registry), parts).headersFor(new URL(request)).authorization !== undefined
}

const HOST = 'https://reg.example/'
const PLACE = 'https://reg.example/team/'

test.each([
  // the same URL, written differently
  [HOST, 'https://reg.example', true],
  [HOST, 'https://reg.example/', true],
  [HOST, 'HTTPS://REG.EXAMPLE/', true],
  [HOST, 'https://reg.example:443/', true],
  [PLACE, 'https://reg.example/team', true],
  [PLACE, 'https://reg.example:443/team/', true],
  ['https://xn--bcher-kva.example/', 'https://bücher.example/', true],
  ['http://127.0.0.1:4873/', 'http://127.1:4873', true],
  ['https://[::1]:8443/', 'https://[0:0:0:0:0:0:0:1]:8443/', true],
  // below the URL
  [HOST, 'https://reg.example/team/', true],
  [PLACE, 'https://reg.example/team/a/b', true],
  // a different scheme or port
  [HOST, 'http://reg.example/', false],
  [HOST, 'http://reg.example:443/', false],
  [HOST, 'https://reg.example:80/', false],
  [HOST, 'https://reg.example:8443/', false],
  ['https://reg.example:8443/', HOST, false],
  ['http://reg.example/', HOST, false],
  ['http://127.0.0.1:4873/', 'http://127.0.0.1:4874/', false],
  ['http://127.0.0.1:4873/', 'http://127.0.0.1/', false],
  // a different host
  [HOST, 'https://sub.reg.example/', false],
  [HOST, 'https://example/', false],
  [HOST, 'https://xreg.example/', false],
  [HOST, 'https://reg.example.evil.example/', false],
  [HOST, 'https://reg.example.evil/', false],
  [HOST, 'https://reg-example/', false],
  [HOST, 'https://regexample/', false],
  [HOST, 'https://reg.example./', false],
  [HOST, 'https://evil.example/reg.example/', false],
  [HOST, 'https://reg.examplе/', false],
  [HOST, 'https://ｒeg.examp1e/', false],
  ['https://sub.reg.example/', HOST, false],
  ['http://localhost:4873/', 'http://127.0.0.1:4873/', false],
  ['http://127.0.0.1:4873/', 'http://[::1]:4873/', false],
  ['http://127.0.0.1:4873/', 'http://127.0.0.2:4873/', false],
  // a different path
  [PLACE, HOST, false],
  [PLACE, 'https://reg.example/tea', false],
  [PLACE, 'https://reg.example/team2', false],
  [PLACE, 'https://reg.example/team-evil/', false],
  [PLACE, 'https://reg.example/team.git', false],
  [PLACE, 'https://reg.example/team.git/', false],
  [PLACE, 'https://reg.example/Team/', false],
  [PLACE, 'https://reg.example/TEAM/', false],
  [PLACE, 'https://reg.example/other/team/', false],
  ['https://reg.example/a/b/', 'https://reg.example/a/', false],
  ['https://reg.example/a/b/', 'https://reg.example/a/c/', false],
])('E02 a token for %s is sent to %s: %s', (kept, asked, expected) => {
  expect(isSent(kept, asked)).toBe(expected)
})

test.each([
  [`${PLACE}index/a`, true],
  [`${PLACE}api/v1/packages?text=a`, true],
  [`${PLACE}@org/a`, true],
  [PLACE, true],
  ['https://reg.example/team', false],
  ['https://reg.example/team?x', false],
  ['https://reg.example/team%2findex', false],
  ['https://reg.example/team/../other/', false],
  ['https://reg.example/team/%2e%2e/other/', false],
  ['https://reg.example/team/%2E%2E/other/', false],
  ['https://reg.example/team/..%2fother/', false],
  ['https://reg.example/team/..%5cother/', false],
  ['https://reg.example/team\\..\\other', false],
  ['https://reg.example//team/index/a', false],
  ['https://reg.example/./team2/', false],
  ['https://ada@reg.example/team/index/a', false],
  ['https://ada:secret@reg.example/team/index/a', false],
  ['https://reg.example@evil.example/team/index/a', false],
  ['https://evil.example/https://reg.example/team/', false],
  ['https://evil.example#@reg.example/team/', false],
  ['https://evil.example?@reg.example/team/', false],
  ['https://evil.example\\@reg.example/team/', false],
  ['http://reg.example/team/index/a', false],
  ['https://reg.example:444/team/index/a', false],
  ['ftp://reg.example/team/index/a', false],
  ['wss://reg.example/team/index/a', false],
])('E02 a token for the registry below /team/ is sent with a request for %s: %s', (request, expected) => {
  expect(isSent(PLACE, PLACE, request)).toBe(expected)
})

test.each([
  'ftp://reg.example/',
  'file:///etc/',
  'https://',
  'https:///',
  'https://ada:hunter2@reg.example/',
  'https://hunter2@reg.example/',
  'https://@reg.example/',
  'https://reg.example/?token=hunter2',
  'https://reg.example/?',
  'https://reg.example/#hunter2',
  'https://reg.example/#',
  'https://reg.example/a/../b/',
  'https://reg.example/a/./b/',
  'https://reg.example/a/..',
  'https://reg.example/.',
  'https://reg.example//a/',
  'https://reg.example/a//b',
  'https://reg.example/a//',
  'https://reg.example//',
  'https://reg.example/%2e%2e/',
  'https://reg.example/a%2fb/',
  'https://reg.example\\a',
  'https://reg.example/a b/',
  'https://reg.example/a\t',
  ' https://reg.example/',
])('the URL %s is refused, without repeating possible secrets', (text) => {
  const message = (() => {
    try {
      return `accepted as ${parseRegistryUrl(text).href}`
    } catch (error) {
      return (error as Error).message
    }
  })()
  expect(message).toMatch(/^the registry's URL /)
  expect(message).not.toContain('hunter2')
})

test.each([
  ['http://localhost:1/', true],
  ['http://127.0.0.1/', true],
  ['http://127.9.9.9/', true],
  ['http://2130706433/', true],
  ['http://[::1]/', true],
  ['http://localhost.evil.example/', false],
  ['http://127.0.0.1.evil.example/', false],
  ['http://127.evil/', false],
  ['http://10.0.0.1/', false],
  ['http://[::2]/', false],
])('%s is loopback: %s', (url, expected) => {
  expect(isLoopback(new URL(url))).toBe(expected)
})
