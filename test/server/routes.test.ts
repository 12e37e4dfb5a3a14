import { Pool } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Validator } from '@seriousme/openapi-schema-validator'
import { ErrorDocument } from '../../src/schema/error-document.ts'
import { ROUTES } from '../../src/schema/routes.ts'
import { SERVED } from '../../server/http/served-routes.ts'
import { Rig } from '../rig/rig.ts'
import { type RunningServe, serve } from '../rig/serve.ts'
import { Author, formOf, publishTo, type Signed } from './author.ts'

let rig: Rig
let author: Author
let server: RunningServe
let tools: Signed
let scoped: Signed
let next: Signed

beforeAll(async () => {
  author = await Author.create()
  rig = await Rig.create()
  server = await serve(rig)
  ;[tools, scoped] = (await author.sign(
    ['tools@1.0.0', { description: 'Tools for images', keywords: ['image'] }],
    ['@org/viewer@2.0.0-rc.1', { dependencies: { tools: '^1.0.0' } }],
  )) as [Signed, Signed]
  ;[next] = (await author.sign('tools@1.1.0')) as [Signed]
  await publishTo(server, [tools, scoped])
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await author[Symbol.asyncDispose]()
  await rig[Symbol.asyncDispose]()
})

interface Sample {
  path: string
  body?: () => unknown
  status?: number
}

/** A valid request for each route. */
const SAMPLES: Record<string, Sample> = {
  readConfig: { path: '/config.json' },
  readIndex: { path: '/index/@org/viewer' },
  readKeys: { path: '/keys/tools' },
  readFile: { path: '/packages/@org/viewer/2.0.0-rc.1/viewer-2.0.0-rc.1.dsse' },
  listPackages: { path: '/api/v1/packages?text=images&limit=1' },
  readPackage: { path: '/api/v1/packages/@org/viewer' },
  readVersion: { path: '/api/v1/packages/tools/1.0.0' },
  downloadVersion: { path: '/api/v1/packages/@org/viewer/2.0.0-rc.1/download' },
  changeStatus: { path: '/api/v1/packages/tools/1.0.0', body: () => ({ type: 'deprecate', reason: 'old' }) },
  readOwners: { path: '/api/v1/packages/@org/viewer/owners' },
  changeOwners: { path: '/api/v1/packages/tools/owners', body: () => ({ line: '{}' }), status: 403 },
  publishPackages: { path: '/api/v1/publish', body: () => formOf([next]), status: 201 },
  readIndexTags: { path: '/api/v1/index-tags', body: () => ({ names: ['tools'] }) },
  readIndexes: { path: '/api/v1/indexes', body: () => ({ names: ['tools'] }) },
  readEvidence: { path: '/api/v1/envelopes', body: () => ({ releases: [{ name: 'tools', version: '1.0.0' }] }) },
  resolveLock: {
    path: '/api/v1/resolve',
    body: () => ({ manifest: 'apiVersion: v1\ndependencies: { "@org/viewer": "2.0.0-rc.1" }\n' }),
  },
  whoami: { path: '/api/v1/whoami' },
  health: { path: '/health' },
  livez: { path: '/livez' },
  readyz: { path: '/readyz' },
  metrics: { path: '/metrics' },
  openapi: { path: '/openapi.json' },
}

async function send(method: string, { path, body }: Sample): Promise<Response> {
  const content = body?.()
  return await fetch(server.url + path, {
    method,
    headers: {
      authorization: `Bearer ${server.token}`,
      ...(content !== undefined && !(content instanceof FormData) && { 'content-type': 'application/json' }),
    },
    ...(content !== undefined && { body: content instanceof FormData ? content : JSON.stringify(content) }),
  })
}

describe('the routes', () => {
  test('are all served, and nothing else is', () => {
    expect(SERVED.map(({ route }) => route.id).sort()).toEqual(ROUTES.map(({ id }) => id).sort())
    expect(Object.keys(SAMPLES).sort()).toEqual(ROUTES.map(({ id }) => id).sort())
  })

  test.each(ROUTES.map((route) => [route.id, route] as const))(
    'include %s, which answers as declared',
    async (id, route) => {
      const sample = SAMPLES[id]
      if (!sample) throw new Error(`no sample for ${id}`)
      const response = await send(route.method, sample)
      const bytes = Buffer.from(await response.arrayBuffer())
      expect(response.status, bytes.toString()).toBe(sample.status ?? 200)
      if (!response.ok)
        expect(ErrorDocument.parse((JSON.parse(bytes.toString()) as { error: unknown }).error)).toBeTruthy()
      else if (typeof route.reply === 'string') expect(bytes.length).toBeGreaterThan(0)
      else
        expect(() =>
          (route.reply as { parse(value: unknown): unknown }).parse(JSON.parse(bytes.toString())),
        ).not.toThrow()
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
      expect([response.headers.get('server'), response.headers.get('x-powered-by')]).toEqual([null, null])
      if (route.method !== 'GET') return
      const head = await send('HEAD', { path: sample.path })
      expect(head.status).toBe(200)
      expect(await head.text()).toBe('')
      for (const name of ['content-type', 'etag'] as const)
        expect(head.headers.get(name)).toBe(response.headers.get(name))
      if (typeof route.reply !== 'string' && !['health', 'openapi'].includes(id))
        expect(head.headers.get('content-length')).toBe(String(bytes.length))
    },
  )

  test('return what was published, byte for byte', async () => {
    const get = async (path: string) => Buffer.from(await (await send('GET', { path })).arrayBuffer())
    expect((await get('/packages/tools/1.0.0/tools-1.0.0.cpm')).equals(tools.archive)).toBe(true)
    expect((await get('/packages/tools/1.0.0/tools-1.0.0.dsse')).equals(tools.envelope)).toBe(true)
    expect((await get('/api/v1/packages/@org/viewer/2.0.0-rc.1/download')).equals(scoped.archive)).toBe(true)
    expect((await get('/keys/tools')).toString()).toBe(`${tools.owners.toString()}\n`)
  })

  test('have aliases for listing and publishing', async () => {
    const [long, short] = await Promise.all(
      ['/api/v1/packages', '/packages'].map(async (path) => await (await send('GET', { path })).text()),
    )
    expect(short).toBe(long)
    const { status, body } = await publishTo(server, [tools], '/packages')
    expect([status, body.packages?.[0]?.outcome]).toEqual([200, 'unchanged'])
  })

  test('page through all names without skipping any', async () => {
    const names: string[] = []
    for (let after = ''; ;) {
      const page = (await (await send('GET', { path: `/packages?limit=1${after}` })).json()) as {
        packages: { name: string }[]
        total: number
        next: string | null
      }
      expect(page.total).toBe(2)
      names.push(...page.packages.map(({ name }) => name))
      if (page.next === null) break
      after = `&after=${encodeURIComponent(page.next)}`
    }
    expect(names).toEqual(['@org/viewer', 'tools'])
  })

  test('answer 405 with the allowed methods, and 404 for other paths, as error documents', async () => {
    const wrong = await send('DELETE', { path: '/api/v1/packages/tools/1.0.0' })
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD, PATCH'])
    for (const path of [
      '/nope',
      '/api/v1',
      '/index',
      '/api/v2/packages',
      '/.server/tokens.json',
      '/.staging/x',
      '/~',
    ]) {
      const response = await send('GET', { path })
      const { error } = (await response.json()) as { error: unknown }
      expect([path, response.status, ErrorDocument.parse(error).code]).toEqual([path, 404, 'REQUEST_INVALID'])
    }
  })

  test.each([
    ['an invalid name', 'GET', '/index/UPPER', undefined, 'REQUEST_INVALID', 400],
    ['an invalid version', 'GET', '/api/v1/packages/tools/1.0', undefined, 'REQUEST_INVALID', 400],
    ['an unknown parameter', 'GET', '/packages?sort=size', undefined, 'REQUEST_INVALID', 400],
    ['a repeated parameter', 'GET', '/packages?text=a&text=b', undefined, 'REQUEST_INVALID', 400],
    ['a limit that is too high', 'GET', '/packages?limit=101', undefined, 'REQUEST_INVALID', 400],
    [
      'an unknown key in a body',
      'PATCH',
      '/api/v1/packages/tools/1.0.0',
      '{"type":"yank","tree":"x"}',
      'REQUEST_INVALID',
      400,
    ],
    ['a body that is not JSON', 'PATCH', '/api/v1/packages/tools/1.0.0', '{', 'REQUEST_INVALID', 400],
    [
      'a body with a __proto__ key',
      'PATCH',
      '/api/v1/packages/tools/1.0.0',
      '{"type":"yank","__proto__":{}}',
      'REQUEST_INVALID',
      400,
    ],
    ['no body', 'PATCH', '/api/v1/packages/tools/1.0.0', '', 'REQUEST_INVALID', 400],
    ['JSON instead of multipart', 'POST', '/api/v1/publish', '{}', 'REQUEST_INVALID', 400],
    ['too much JSON', 'POST', '/api/v1/envelopes', `{"a":"${'x'.repeat(1 << 20)}"}`, 'REQUEST_TOO_LARGE', 413],
    [
      'a package that does not exist',
      'PATCH',
      '/api/v1/packages/nothing/1.0.0',
      '{"type":"yank"}',
      'PACKAGE_NOT_FOUND',
      404,
    ],
  ])('reject %s', async (_what, method, path, body, code, status) => {
    const response = await fetch(server.url + path, {
      method,
      headers: {
        authorization: `Bearer ${server.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body }),
    })
    const { error } = (await response.json()) as { error: { code: string; message: string } }
    expect([response.status, error.code], error.message).toEqual([status, code])
    expect(error.message).not.toContain(rig.root)
  })

  test('answer 415 to a body with another content type', async () => {
    const response = await fetch(`${server.url}/api/v1/envelopes`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: 'x',
    })
    expect(response.status).toBe(415)
    expect(await response.text()).toContain('must be application/json')
  })

  test.each([
    ['a reason with half a surrogate pair', '{"type":"yank","reason":"\\ud800"}'],
    ['a reason with two lines', '{"type":"yank","reason":"a\\nb"}'],
    ['a reason with a line separator', '{"type":"yank","reason":"a\\u2028b"}'],
    ['a reason that clears the terminal', '{"type":"yank","reason":"\\u001b[2J"}'],
    ['a reason to unyank', '{"type":"unyank","reason":"x"}'],
    ['a replacement to unyank', '{"type":"unyank","replacement":"x"}'],
    ['a replacement to yank', '{"type":"yank","replacement":"x"}'],
    ['a replacement with two lines', '{"type":"deprecate","replacement":"a\\nb"}'],
    ['a replacement that is not a name', '{"type":"deprecate","replacement":"the new one"}'],
    ['a replacement without its range', '{"type":"deprecate","replacement":"tools@"}'],
    ['a replacement with an invalid range', '{"type":"deprecate","replacement":"tools@new"}'],
  ])('reject %s and leave the index unchanged', async (_what, body) => {
    const index = async () => await (await send('GET', { path: '/index/tools' })).text()
    const before = await index()
    const response = await fetch(`${server.url}/api/v1/packages/tools/1.0.0`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
      body,
    })
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('REQUEST_INVALID')])
    expect(await index()).toBe(before)
  })

  test('reject half of a surrogate pair in a lock or a record of owners', async () => {
    const post = async (path: string, body: string) => {
      const response = await fetch(server.url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
        body,
      })
      return [response.status, ((await response.json()) as { error: { code: string } }).error.code]
    }
    const dependencies = { tools: { version: '*', features: ['\ud800'] } }
    const lock = {
      schemaVersion: 1,
      roots: { '.': { dependencies, devDependencies: {}, overrides: {} } },
      omitted: {},
      packages: {},
    }
    const texts = { manifest: 'apiVersion: v1\ndependencies: { tools: "*" }\n', lock: JSON.stringify(lock) }
    expect(await post('/api/v1/resolve', JSON.stringify(texts))).toEqual([422, 'LOCK_INVALID'])
    expect(await post('/api/v1/packages/tools/owners', '{"line":"{\\"a\\":\\"\\ud800\\"}"}')).toEqual([
      400,
      'REQUEST_INVALID',
    ])
  })

  test('describe errors in a body in our own words, not those of a parser', async () => {
    const say = async (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) => {
      const response = await fetch(`${server.url}/api/v1/envelopes`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      })
      return ((await response.json()) as { error: { message: string } }).error.message
    }
    expect(await say('')).toBe('the body is empty, but its content type is JSON')
    expect(await say('{')).toBe('body:1:2 is not valid JSON: it ends too early')
    expect(await say('{"__proto__":1}')).toBe('body:1:2 the key __proto__ is not accepted')
    expect(await say('{"releases":[],\n "releases":[]}')).toBe('body:2:2 duplicate key "releases"')
    expect(await say('{"releases":["\\ud800"]}')).toBe('body:1:14 a lone surrogate: write the whole character')
    expect(await say(Buffer.from('{"a":"\xff"}', 'latin1'))).toMatch(/^body:1:7 invalid UTF-8/)
    expect(await say('\uFEFF{}')).toMatch(/^body:1:1 a byte order mark/)
    const form = await fetch(`${server.url}/api/v1/publish`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'multipart/form-data; boundary=x' },
      body: '--x\r\n',
    })
    expect(await form.text()).toContain('the body is incomplete or not valid multipart/form-data')
  })

  test('answer a HEAD request for the page', async () => {
    const [page, head] = await Promise.all([send('GET', { path: '/' }), send('HEAD', { path: '/' })])
    expect([head.status, await head.text()]).toEqual([200, ''])
    for (const name of ['content-type', 'content-length', 'content-security-policy'])
      expect(head.headers.get(name)).toBe(page.headers.get(name))
  })

  test('send a request id with every response to a readable request', async () => {
    for (const [method, path] of [
      ['GET', '/livez'],
      ['GET', '/nope'],
      ['DELETE', '/livez'],
      ['OPTIONS', '/livez'],
      ['GET', '/index/UPPER'],
    ] as const)
      expect((await send(method, { path })).headers.get('x-request-id'), `${method} ${path}`).toBeTruthy()
  })
})

test('every route that makes changes declares that the disk may be full or the name locked', () => {
  const changing = ROUTES.filter(({ access }) => access !== 'open' && access !== 'read')
  expect(changing.map(({ id }) => id)).toEqual(
    expect.arrayContaining(['publishPackages', 'changeStatus', 'changeOwners']),
  )
  for (const { id, errors } of changing)
    expect(errors, id).toEqual(expect.arrayContaining(['DISK_FULL', 'LOCK_TIMEOUT']))
})

describe('the description of the API', () => {
  test('is a valid OpenAPI 3.1 document that contains every route', async () => {
    const document = (await (await send('GET', { path: '/openapi.json' })).json()) as {
      openapi: string
      paths: Record<string, Record<string, { operationId: string }>>
    }
    const result = await new Validator().validate(structuredClone(document))
    expect(result.errors ?? [], JSON.stringify(result.errors)).toEqual([])
    expect(result.valid).toBe(true)
    expect(document.openapi).toBe('3.1.0')
    const ids = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    )
    expect(ids.sort()).toEqual(ROUTES.map(({ id }) => id).sort())
  })

  test('has a page for people that loads and runs nothing', async () => {
    const response = await send('GET', { path: '/' })
    const html = await response.text()
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[^']+';/)
    for (const { summary } of ROUTES) expect(html).toContain(summary.replaceAll('"', '&quot;'))
    expect(html).not.toMatch(/<script|src=|url\(|@import|https?:/)
  })
})

describe('the metrics', () => {
  test('get no new series from 10,000 unknown paths or names', async () => {
    const series = async () => {
      const response = await send('GET', { path: '/metrics' })
      expect(response.headers.get('content-type')).toContain('application/openmetrics-text')
      const text = await response.text()
      expect(text.endsWith('# EOF\n')).toBe(true)
      return text.split('\n').filter((line) => line.startsWith('cpm_'))
    }
    await Promise.all(['/warm', '/index/none', '/index/NONE'].map((path) => send('GET', { path })))
    const before = await series()
    const pool = new Pool(server.url, { connections: 50 })
    const lane = async (from: number) => {
      for (let i = from; i < 10_000; i += 50) {
        const { body } = await pool.request({ method: 'GET', path: `/${i % 2 === 0 ? 'x' : 'index/n'}${i}` })
        await body.dump()
      }
    }
    await Promise.all(Array.from({ length: 50 }, (_, from) => lane(from)))
    await pool.close()
    const after = await series()
    expect(after.length).toBe(before.length)
    expect(after.find((line) => line.includes('_count{') && line.includes('route="none"'))).toBeDefined()
    expect(after.some((line) => line.startsWith('cpm_published_packages_total{outcome="published"}'))).toBe(true)
  })
})
