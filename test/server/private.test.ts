import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'
import { type RunningServe, serve } from '../rig/serve.ts'
import { Author, publishTo } from './author.ts'
import { ask } from './raw.ts'

let rig: Rig
let server: RunningServe

beforeAll(async () => {
  await using author = await Author.create()
  rig = await Rig.create()
  server = await serve(rig, { args: ['--private', '--cors', 'https://pages.example'] })
  await publishTo(server, await author.sign('secret@1.0.0', 'open@1.0.0'))
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rig[Symbol.asyncDispose]()
})

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(server.url + path, { headers: { authorization: `Bearer ${server.token}`, ...headers } })

describe('E14 a private registry', () => {
  test('lets no shared cache keep its responses', async () => {
    for (const path of [
      '/index/secret',
      '/keys/secret',
      '/packages/secret/1.0.0/secret-1.0.0.cpm',
      '/packages/secret/1.0.0/secret-1.0.0.dsse',
      '/api/v1/packages/secret/1.0.0/download',
      '/api/v1/packages/secret',
      '/api/v1/packages',
      '/index/nothing',
    ]) {
      for (const headers of [{}, { authorization: 'Bearer x' }] as Record<string, string>[]) {
        const response = await get(path, headers)
        const cacheControl = response.headers.get('cache-control') ?? ''
        expect(cacheControl, path).toMatch(/^(?:private\b|no-store$)/)
        expect(cacheControl).not.toContain('public')
        expect(response.headers.get('vary')?.toLowerCase(), path).toContain('authorization')
      }
    }
  })

  test('sends 304 only to callers that may read the content', async () => {
    const etag = (await get('/index/secret')).headers.get('etag') ?? ''
    expect((await get('/index/secret', { 'if-none-match': etag })).status).toBe(304)
    expect((await fetch(`${server.url}/index/secret`, { headers: { 'if-none-match': etag } })).status).toBe(401)
    expect((await fetch(`${server.url}/index/secret`, { headers: { 'if-none-match': '*' } })).status).toBe(401)
  })

  test('ignores the Host and Forwarded headers', async () => {
    const headers = [
      'X-Forwarded-For: 127.0.0.1',
      'X-Forwarded-Host: evil.example',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Prefix: /admin',
      'X-Original-URL: /livez',
      'X-Rewrite-URL: /livez',
      'Forwarded: for=127.0.0.1;host=evil.example',
      'X-HTTP-Method-Override: POST',
    ]
    const plain = await ask(server.port, 'GET /index/secret HTTP/1.1')
    const forged = await ask(server.port, 'GET /index/secret HTTP/1.1', headers)
    expect([forged.status, forged.body]).toEqual([plain.status, plain.body])
    for (const path of ['/', '/config.json', '/openapi.json', '/health']) {
      const { body, head } = await ask(server.port, `GET ${path} HTTP/1.1`, headers)
      expect(body + head).not.toContain('evil.example')
    }
  })

  test('hides names that a token does not cover: they are not listed and look like names that do not exist', async () => {
    const made = (await rig.cpm(['serve', 'token', 'create', '--json', '--scope', 'read', '--packages', 'open'])).json
      .data as { token: string }
    const asReader = { authorization: `Bearer ${made.token}` }
    const page = (await (await get('/packages', asReader)).json()) as { packages: { name: string }[]; total: number }
    expect([page.packages.map(({ name }) => name), page.total]).toEqual([['open'], 1])
    const [secret, nothing] = await Promise.all(['/index/secret', '/index/nothing'].map((path) => get(path, asReader)))
    const text = async (response: Response | undefined) => (await response?.text())?.replace(/secret|nothing/g, '')
    expect([secret?.status, nothing?.status]).toEqual([403, 403])
    expect(await text(secret)).toBe(await text(nothing))
    // Resolving doesn't reveal its versions either.
    for (const range of ['*', '^999.0.0']) {
      const resolved = await fetch(`${server.url}/api/v1/resolve`, {
        method: 'POST',
        headers: { ...asReader, 'content-type': 'application/json' },
        body: JSON.stringify({ manifest: `apiVersion: v1\ndependencies: { open: "*", secret: "${range}" }\n` }),
      })
      expect(resolved.status, await resolved.text()).toBe(403)
    }
  })

  test('shows its health, metrics and description to everyone', async () => {
    for (const path of ['/health', '/livez', '/readyz', '/metrics', '/config.json', '/openapi.json', '/'])
      expect((await fetch(server.url + path)).status, path).toBe(200)
  })
})

describe('pages from other origins', () => {
  const preflight = (url: string, origin: string) =>
    fetch(`${url}/api/v1/packages`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
    })

  test('may call a registry that allows them, and no other', async () => {
    const allowed = await preflight(server.url, 'https://pages.example')
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([204, 'https://pages.example'])
    for (const origin of [
      'https://evil.example',
      'http://pages.example',
      'https://pages.example.evil.example',
      'null',
    ]) {
      const refused = await preflight(server.url, origin)
      expect(refused.headers.get('access-control-allow-origin'), origin).toBeNull()
    }
    const read = await get('/index/open', { origin: 'https://pages.example' })
    expect(read.headers.get('access-control-allow-origin')).toBe('https://pages.example')
    expect(read.headers.get('access-control-allow-credentials')).toBeNull()
    expect(read.headers.get('vary')?.toLowerCase().split(/, */).sort()).toEqual(['authorization', 'origin'])
  })

  test('are distinguished from OPTIONS requests that are not preflights, which get a normal error', async () => {
    for (const headers of [
      {},
      { origin: 'https://pages.example' },
      { 'access-control-request-method': 'GET' },
    ] as Record<string, string>[]) {
      const answer = await fetch(`${server.url}/api/v1/packages`, { method: 'OPTIONS', headers })
      expect([answer.status, answer.headers.get('allow'), answer.headers.get('content-type')]).toEqual([
        405,
        'GET, HEAD',
        expect.stringContaining('application/json'),
      ])
      expect(await answer.json()).toMatchObject({ error: { code: 'REQUEST_INVALID' } })
    }
  })

  test('are not allowed by default', async () => {
    await using plain = await serve(rig)
    const answer = await preflight(plain.url, 'https://pages.example')
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([405, null])
    const read = await fetch(`${plain.url}/index/open`, { headers: { origin: 'https://pages.example' } })
    expect(read.headers.get('access-control-allow-origin')).toBeNull()
  })

  test('must be named exactly: wildcards and addresses with a path are rejected', async () => {
    for (const origin of ['*', 'https://pages.example/', 'https://*.example', 'pages.example', 'file:///x'])
      expect((await rig.cpm(['serve', '--port', '0', '--cors', origin])).code, origin).toBe(2)
  })
})
