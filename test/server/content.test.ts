import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blake3 } from '../../src/core/blake3.ts'
import { Rig } from '../rig/rig.ts'
import { type RunningServe, serve } from '../rig/serve.ts'
import { Author, errorCode, publishTo, type Signed } from './author.ts'
import { ask } from './raw.ts'

let rig: Rig
let author: Author
let server: RunningServe
let small: Signed
let large: Signed

beforeAll(async () => {
  author = await Author.create()
  rig = await Rig.create()
  server = await serve(rig)
  // Incompressible data makes the archive large enough to be streamed instead of read at once.
  const noise = Buffer.alloc(1_500_000)
  for (let i = 0, x = 1; i < noise.length; i++) {
    x = (x * 1_103_515_245 + 12_345) & 0x7fffffff
    noise[i] = x >> 16
  }
  ;[small, large] = (await author.sign('small@1.0.0', ['large@1.0.0', { files: { noise } }])) as [Signed, Signed]
  await publishTo(server, [small, large])
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await author[Symbol.asyncDispose]()
  await rig[Symbol.asyncDispose]()
})

const get = (path: string, headers: Record<string, string> = {}) => fetch(server.url + path, { headers })
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())

const FILES = [
  '/index/small',
  '/keys/small',
  '/packages/small/1.0.0/small-1.0.0.cpm',
  '/packages/large/1.0.0/large-1.0.0.cpm',
]

describe('the static files', () => {
  test.each(FILES)('%s has a strong ETag, and a client that has it gets 304', async (path) => {
    const first = await get(path)
    const tag = first.headers.get('etag') ?? ''
    expect(tag).toMatch(/^"[^"]+"$/)
    for (const named of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const again = await get(path, { 'if-none-match': named })
      expect([again.status, again.headers.get('etag'), (await bytesOf(again)).length]).toEqual([304, tag, 0])
    }
    expect((await get(path, { 'if-none-match': '"other"' })).status).toBe(200)
  })

  test.each(FILES)('%s supports single ranges', async (path) => {
    const whole = await bytesOf(await get(path))
    const size = whole.length
    for (const [range, start, end] of [
      ['bytes=0-0', 0, 1],
      ['bytes=5-', 5, size],
      ['bytes=-7', size - 7, size],
      [`bytes=10-${size + 100}`, 10, size],
    ] as const) {
      const response = await get(path, { range })
      expect(response.status).toBe(206)
      expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/${size}`)
      expect((await bytesOf(response)).equals(whole.subarray(start, end)), range).toBe(true)
    }
    const beyond = await get(path, { range: `bytes=${size}-` })
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${size}`])
    // The response is about the range, so caches must not keep it for the resource.
    expect([beyond.headers.get('cache-control'), beyond.headers.get('etag')]).toEqual(['no-store', null])
    for (const other of ['bytes=0-1,3-4', 'lines=0-1', 'bytes=x', 'bytes=9-3, 0-1'])
      expect([200, 206]).toContain((await get(path, { range: other })).status)
  })

  test('respect If-Range: with another tag or a date, the whole file is sent', async () => {
    const path = '/packages/large/1.0.0/large-1.0.0.cpm'
    const tag = (await get(path)).headers.get('etag') ?? ''
    const status = async (ifRange: string) => (await get(path, { range: 'bytes=5-9', 'if-range': ifRange })).status
    expect(await status(tag)).toBe(206)
    expect(await status('"other"')).toBe(200)
    expect(await status(`W/${tag}`)).toBe(200)
    expect(await status('Sat, 21 Nov 2026 15:00:00 GMT')).toBe(200)
  })

  test('ignore the range of a HEAD request', async () => {
    const { head, body } = await ask(server.port, 'HEAD /packages/large/1.0.0/large-1.0.0.cpm HTTP/1.1', [
      'Range: bytes=0-4',
    ])
    expect(head).toContain('http/1.1 200')
    expect(head).toContain(`content-length: ${large.archive.length}`)
    expect(body).toBe('')
  })

  test('include indexes, tagged by the digest of their complete lines and revalidated on each use', async () => {
    const index = path.join(rig.registry, 'index', 'small')
    const before = fs.readFileSync(index)
    fs.appendFileSync(index, '{"a line that is bei')
    const response = await get('/index/small')
    const bytes = await bytesOf(response)
    expect(bytes.equals(before)).toBe(true)
    expect(response.headers.get('etag')).toBe(`"${blake3(bytes).replace(':', '-')}"`)
    expect(response.headers.get('cache-control')).toBe('no-cache')
    fs.truncateSync(index, before.length)
  })

  test('include changes by other processes at once', async () => {
    const before = await bytesOf(await get('/index/small'))
    const { code } = await rig.cpm('yank small@1.0.0 --reason old')
    expect(code).toBe(0)
    const tail = await get('/index/small', { range: `bytes=${before.length}-` })
    expect(tail.status).toBe(206)
    expect((await bytesOf(tail)).toString()).toContain('"type":"yank"')
  })

  test("are immutable for archives and envelopes, with separate tags made from the envelope's digest", async () => {
    const digest = blake3(small.envelope).replace('blake3:', '')
    for (const ending of ['cpm', 'dsse']) {
      const response = await get(`/packages/small/1.0.0/small-1.0.0.${ending}`)
      expect(response.headers.get('etag')).toBe(`"${digest}-${ending}"`)
      expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    }
  })

  test('include no archive before an index line names it', async () => {
    const place = (at: string) => {
      const folder = path.join(rig.registry, 'packages', at)
      fs.mkdirSync(folder, { recursive: true })
      return path.join(folder, `${path.basename(path.dirname(at))}-${path.basename(at)}.cpm`)
    }
    fs.writeFileSync(place('small/9.0.0'), 'early')
    fs.writeFileSync(place('early/1.0.0'), 'early')
    fs.writeFileSync(path.join(rig.registry, 'keys', 'early'), 'early\n')
    for (const url of [
      '/packages/small/9.0.0/small-9.0.0.cpm',
      '/packages/early/1.0.0/early-1.0.0.cpm',
      '/api/v1/packages/small/9.0.0/download',
      '/keys/early',
      '/packages/small/1.0.0/other.cpm',
      '/packages/small/1.0.0/small-1.0.0.cpm.bak',
    ]) {
      const response = await get(url)
      expect([url, response.status, await errorCode(response)]).toEqual([url, 404, 'PACKAGE_NOT_FOUND'])
    }
  })

  test("include nothing from the server's internal folders", async () => {
    for (const url of [
      '/.server/tokens.json',
      '/.staging',
      '/.facts/small/1.0.0.json',
      '/.locks/small.lock',
      '/packages/small',
    ])
      expect((await get(url)).status).toBe(404)
  })

  test('reveal no path when an archive is missing on the disk', async () => {
    const [gone] = await author.sign('gone@1.0.0')
    if (gone) await publishTo(server, [gone])
    fs.rmSync(path.join(rig.registry, 'packages/gone/1.0.0/gone-1.0.0.cpm'))
    const response = await get('/packages/gone/1.0.0/gone-1.0.0.cpm')
    expect([response.status, await response.json()]).toEqual([
      500,
      { error: { code: 'FILE_UNREADABLE', message: "can't read the registry's storage" } },
    ])
    const told = server.events.find(({ type }) => type === 'request-failed')
    expect(JSON.stringify(told)).toContain('gone-1.0.0.cpm')
    // A damaged package affects neither lists nor other packages.
    expect((await get('/packages')).status).toBe(200)
  })
})

describe('damage in the folder', () => {
  /** Replaces a file of the folder while `work` runs. */
  async function instead(file: string, change: (file: string) => void, work: () => Promise<void>): Promise<void> {
    const target = path.join(rig.registry, file)
    fs.renameSync(target, `${target}.kept`)
    change(target)
    try {
      await work()
    } finally {
      fs.rmSync(target, { recursive: true, force: true })
      fs.renameSync(`${target}.kept`, target)
    }
  }
  const ours = () => server.events.filter(({ type }) => type === 'warning')

  test.each([
    [
      'a line that is garbage',
      (file: string) => {
        fs.writeFileSync(file, 'garbage\n')
      },
      'INDEX_INVALID',
      502,
    ],
    [
      'a folder',
      (file: string) => {
        fs.mkdirSync(file)
      },
      'FILE_UNREADABLE',
      500,
    ],
    [
      'a link',
      (file: string) => {
        fs.symlinkSync('/etc/passwd', file)
      },
      'FILE_UNREADABLE',
      500,
    ],
    [
      'a link to nothing',
      (file: string) => {
        fs.symlinkSync('/nonexistent', file)
      },
      'FILE_UNREADABLE',
      500,
    ],
  ])('to one index, %s, affects no list and is reported once', async (_what, change, code, status) => {
    const before = ours().length
    await instead('index/large', change, async () => {
      for (let times = 0; times < 3; times++) {
        const page = await get('/packages?limit=100')
        expect(page.status).toBe(200)
        const { packages } = (await page.json()) as { packages: { name: string }[] }
        expect(packages.map(({ name }) => name)).toContain('small')
        expect(packages.map(({ name }) => name)).not.toContain('large')
      }
      expect(ours().slice(before)).toMatchObject([
        { code, message: expect.stringContaining('large is left out') as unknown },
      ])
      const one = await get('/api/v1/packages/large')
      expect([one.status, await errorCode(one)]).toEqual([status, code])
    })
    expect(await (await get('/packages?limit=100')).text()).toContain('"large"')
  })

  test.each([
    'index/large',
    'keys/large',
    'packages/large/1.0.0/large-1.0.0.cpm',
    'packages/large/1.0.0/large-1.0.0.dsse',
  ])('by a link in place of %s never exposes the file that it points to', async (file) => {
    const secret = rig.path('secret')
    // The same length as the original, so that nothing but the link differs.
    fs.writeFileSync(secret, Buffer.alloc(fs.statSync(path.join(rig.registry, file)).size, 'secret\n'))
    await instead(
      file,
      (target) => {
        fs.symlinkSync(secret, target)
      },
      async () => {
        const response = await get(`/${file}`)
        const text = await response.text()
        expect([response.status, (JSON.parse(text) as { error: { code: string } }).error.code]).toEqual([
          500,
          'FILE_UNREADABLE',
        ])
        const evidence = await fetch(`${server.url}/api/v1/envelopes`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{"releases":[{"name":"large","version":"1.0.0"}]}',
        })
        expect(await evidence.text()).not.toContain(Buffer.from('secret\nsecret\n').toString('base64').slice(0, 12))
      },
    )
  })

  // Opening a pipe for reading blocks until somebody writes to it.
  test.runIf(process.platform !== 'win32').each([
    ['index/large', 'a pipe'],
    ['keys/large', 'a pipe'],
    ['index/large', 'a link'],
  ])('that turns %s into %s makes changes fail without blocking or writing through it', async (file, what) => {
    const outside = rig.path('outside')
    fs.copyFileSync(path.join(rig.registry, file), outside)
    const before = fs.readFileSync(outside)
    const change = async (path: string, method: string, body: unknown) => {
      const response = await fetch(server.url + path, {
        method,
        headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
        ...(method !== 'GET' && { body: JSON.stringify(body) }),
      })
      return [response.status, await errorCode(response)]
    }
    await instead(
      file,
      (target) => {
        if (what === 'a pipe') execFileSync('mkfifo', [target])
        else fs.symlinkSync(outside, target)
      },
      async () => {
        const [path, method, body]: [string, string, unknown] = file.startsWith('index')
          ? ['/api/v1/packages/large/1.0.0', 'PATCH', { type: 'yank', reason: 'x' }]
          : ['/api/v1/packages/large/owners', 'POST', { line: '{}' }]
        expect(await change(path, method, body)).toEqual([500, 'FILE_UNREADABLE'])
        expect(await change('/api/v1/packages/large', 'GET', undefined)).toEqual([500, 'FILE_UNREADABLE'])
        expect((await get('/livez')).status).toBe(200)
      },
    )
    expect(fs.readFileSync(outside)).toEqual(before)
  })

  test('that hides all indexes makes the server not ready', async () => {
    expect((await get('/readyz')).status).toBe(200)
    await instead(
      'index',
      (target) => {
        fs.writeFileSync(target, '')
      },
      async () => {
        expect((await get('/readyz')).status).toBe(503)
        expect(await (await get('/health')).json()).toMatchObject({ status: 'failing' })
      },
    )
    expect((await get('/readyz')).status).toBe(200)
  })

  test('to the owners of a name is not blamed on the client', async () => {
    await instead(
      'keys/large',
      (target) => {
        fs.writeFileSync(target, '{}\n')
      },
      async () => {
        const response = await get('/api/v1/packages/large')
        expect([response.status, await errorCode(response)]).toEqual([500, 'INTERNAL'])
      },
    )
    expect(server.events.at(-1)).toMatchObject({ type: 'request-failed', code: 'OWNER_MISMATCH' })
  })
})

test.each(['Host: y', 'host: x', 'Content-Type: a/b\r\nContent-Type: a/c', 'Authorization: a\r\nauthorization: b'])(
  'a request that repeats a single-value header is rejected: %j',
  async (header) => {
    const { status, body } = await ask(server.port, 'GET /config.json HTTP/1.1', [header])
    expect(status).toBe(400)
    expect(body).toMatch(/the header (?:host|content-type|authorization) occurs twice/)
  },
)
