import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isPlainPath } from '../../server/http/path-guard.ts'
import { ROUTES } from '../../src/schema/routes.ts'
import { Rig } from '../rig/rig.ts'
import { type RunningServe, serve } from '../rig/serve.ts'
import { Author, publishTo } from './author.ts'
import { ask } from './raw.ts'

let rig: Rig
let server: RunningServe

beforeAll(async () => {
  await using author = await Author.create()
  rig = await Rig.create()
  server = await serve(rig, { args: ['--private'] })
  await publishTo(server, await author.sign('a@1.0.0', '@org/a@1.0.0'))
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rig[Symbol.asyncDispose]()
})

/** Ways to write a path that a proxy may interpret differently. Each replaces a slash or changes a segment. */
const TRICKS: readonly [what: string, apply: (path: string) => string][] = [
  ['an encoded slash', (path) => path.replace(/\/(?=[^/]*$)/, '%2F')],
  ['an encoded slash in lower case', (path) => path.replace(/\/(?=[^/]*$)/, '%2f')],
  ['a doubly encoded slash', (path) => path.replace(/\/(?=[^/]*$)/, '%252F')],
  ['an encoded backslash', (path) => path.replace(/\/(?=[^/]*$)/, '%5C')],
  ['a backslash', (path) => path.replace(/\/(?=[^/]*$)/, '\\')],
  ['encoded dots', (path) => `/%2e%2e${path}`],
  ['encoded dots and a slash', (path) => `${path}/..%2f..%2f.server%2ftokens.json`],
  ['dots', (path) => `/x/..${path}`],
  ['dots at the end', (path) => `${path}/..`],
  ['a dot', (path) => `/.${path}`],
  ['two slashes at the beginning', (path) => `/${path}`],
  ['two slashes at the end', (path) => path.replace(/\/(?=[^/]*$)/, '//')],
  ['a slash at the end', (path) => `${path}/`],
  ['a semicolon', (path) => `${path};x=1`],
  ['a semicolon and dots', (path) => `/..;${path}`],
  ['an encoded letter', (path) => path.replace(/.$/, (c) => `%${c.charCodeAt(0).toString(16)}`)],
  ['an encoded NUL', (path) => `${path}%00`],
  ['an encoded line break', (path) => `${path}%0d%0aX:%20y`],
  ['a truncated encoding', (path) => `${path}%`],
  ['an overlong encoding of a slash', (path) => path.replace(/\/(?=[^/]*$)/, '%c0%af')],
  ['a non-ASCII letter', (path) => `${path}\u00e9`],
  ['a fragment', (path) => `${path}#x`],
  ['an address with a host', (path) => `http://evil.example${path}`],
  ['a star', (path) => `${path}*`],
]

describe('E12 paths have one spelling', () => {
  const paths = ROUTES.map(
    ({ id, method, path }) =>
      [
        id,
        method,
        path.replace(':name', '@org/a').replace(':version', '1.0.0').replace(':file', 'a-1.0.0.cpm'),
      ] as const,
  )

  test.each(paths)('%s has no other', async (_id, method, path) => {
    for (const [what, apply] of TRICKS) {
      // With a valid token, so that only the path is rejected.
      const { status, body } = await ask(server.port, `${method} ${apply(path)} HTTP/1.1`, [
        `Authorization: Bearer ${server.token}`,
        ...(method === 'GET' ? [] : ['Content-Length: 0']),
      ])
      expect.soft([400, 404], `${what}: ${apply(path)}: ${body}`).toContain(status)
      expect.soft(body, what).toContain('REQUEST_INVALID')
    }
  })

  test.each(paths)('%s needs its token in any spelling', async (_id, method, path) => {
    for (const [what, apply] of TRICKS) {
      const { status } = await ask(
        server.port,
        `${method} ${apply(path)} HTTP/1.1`,
        method === 'GET' ? [] : ['Content-Length: 0'],
      )
      expect.soft([400, 401, 404], what).toContain(status)
    }
  })

  test.each([
    '/..',
    '/.',
    '/a/../b',
    '/a/./b',
    '/a/..',
    '/a//b',
    '//a',
    '/a/',
    '',
    'a',
    '/a%2fb',
    '/a\\b',
    '/a;b',
    '/a\0',
  ])('the guard rejects %j, whatever the router would do with it', (path) => {
    expect([isPlainPath(path), isPlainPath('/@org/a-b/1.0.0-rc.1')]).toEqual([false, true])
  })

  test('input that is not HTTP still gets an answer', async () => {
    for (const line of ['GET /index/a HTTP/9.9', '\u0000', 'get /index/a HTTP/1.1', 'GET /index/a HTTP/1.1 x']) {
      const { status, body } = await ask(server.port, line)
      expect.soft([status, body.includes('"error"')], JSON.stringify(line)).toEqual([400, true])
    }
    const { status } = await ask(server.port, 'GET /index/a HTTP/1.1', [`X: ${'x'.repeat(20_000)}`])
    expect(status).toBe(431)
    expect((await fetch(`${server.url}/livez`)).status).toBe(200)
  })
})
