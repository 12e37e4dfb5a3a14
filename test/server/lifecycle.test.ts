import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'
import { serveProcess } from '../rig/serve.ts'
import { Author, publishTo, type Signed } from './author.ts'
import { RawConnection, readAnswer } from './raw.ts'

async function largePackage(author: Author): Promise<Signed> {
  const noise = Buffer.alloc(24 * 1024 * 1024)
  for (let i = 0, x = 1; i < noise.length; i++) {
    x = (x * 1_103_515_245 + 12_345) & 0x7fffffff
    noise[i] = x >> 16
  }
  const [signed] = await author.sign(['large@1.0.0', { files: { noise } }])
  if (!signed) throw new Error('not signed')
  return signed
}

describe('a server that is asked to stop', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s finishes a slow download, reports that it is not ready, and exits with 0',
    async (signal) => {
      await using author = await Author.create()
      await using rig = await Rig.create()
      await using server = await serveProcess(rig)
      const large = await largePackage(author)
      expect((await publishTo(server, [large])).status).toBe(201)
      const download = await RawConnection.open(server.port)
      download.write('GET /packages/large/1.0.0/large-1.0.0.cpm HTTP/1.1\r\nHost: x\r\n\r\n')
      await download.until((text) => text.includes('\r\n\r\n'))
      download.pause()
      const probe = await RawConnection.open(server.port)
      const ask = async () => {
        const from = probe.received.length
        probe.write('GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n')
        return readAnswer((await probe.until((text) => /\r\n\r\n\{.*\}$/.test(text.slice(from)))).slice(from))
      }
      expect((await ask()).status).toBe(200)
      server.kill(signal)
      // The signal takes a moment to arrive: ask over the same connection until it has.
      let answer = await ask()
      while (answer.status === 200) answer = await ask()
      expect([answer.status, answer.body.includes('draining'), answer.head.includes('connection: close')]).toEqual([
        503,
        true,
        true,
      ])
      await expect(RawConnection.open(server.port)).rejects.toThrow('ECONNREFUSED')
      download.resume()
      const text = await download.closed
      const body = Buffer.from(text.slice(text.indexOf('\r\n\r\n') + 4), 'latin1')
      expect(body.equals(large.archive)).toBe(true)
      const { code, result } = await server.ended
      expect([code, result]).toEqual([
        0,
        expect.objectContaining({ success: true, data: expect.objectContaining({ cut: 0 }) as unknown }),
      ])
      expect(server.events.map(({ type }) => type)).toContain('draining')
    },
  )

  test('finishes a running publication', async () => {
    await using author = await Author.create()
    await using rig = await Rig.create()
    await using server = await serveProcess(rig)
    const [signed] = (await author.sign('late@1.0.0')) as [Signed]
    const boundary = 'x'
    const part = (name: string, contents: Buffer) =>
      Buffer.concat([
        Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"; filename="f"\r\n\r\n`),
        contents,
        Buffer.from('\r\n'),
      ])
    const body = Buffer.concat([
      part('envelope', signed.envelope),
      part('owners', signed.owners),
      part('archive', signed.archive),
      Buffer.from(`--${boundary}--\r\n`),
    ])
    const upload = await RawConnection.open(server.port)
    upload.write(
      `POST /api/v1/publish HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.token}\r\nContent-Type: multipart/form-data; boundary=${boundary}\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
    )
    await upload.until((text) => text.includes('100 Continue'))
    upload.write(body.subarray(0, 100))
    server.kill('SIGTERM')
    upload.write(body.subarray(100))
    expect(await upload.closed).toContain('HTTP/1.1 201')
    expect((await server.ended).code).toBe(0)
    expect(fs.existsSync(path.join(rig.registry, 'index/late'))).toBe(true)
  })
})

describe('the served registry', () => {
  test('is an existing folder, unchanged, with its id', async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0')
    const { id } = JSON.parse(rig.read('home/registry/config.json')) as { id: string }
    await using server = await serveProcess(rig)
    expect(await (await fetch(`${server.url}/config.json`)).json()).toEqual({
      schemaVersion: 1,
      id,
      name: 'embedded',
      api: './',
    })
    // The config.json in the folder names no API, because the folder also works without a server.
    expect(JSON.parse(rig.read('home/registry/config.json'))).toMatchObject({ api: null })
    expect((await fetch(`${server.url}/index/a`)).status).toBe(200)
  })

  test('is created if there is none, and named after its folder', async () => {
    await using rig = await Rig.create()
    await using server = await serveProcess(rig, { root: rig.path('team') })
    expect(await (await fetch(`${server.url}/config.json`)).json()).toMatchObject({ name: 'team' })
    expect(server.events.map(({ type }) => type)).toEqual(['registry-created', 'token-created', 'listening'])
  })

  test('is never a folder with other contents', async () => {
    await using rig = await Rig.create()
    rig.write({ 'photos/a.jpg': 'x' })
    const { code, json } = await rig.cpm(['serve', '--port', '0', '--json', '--root', rig.path('photos')])
    expect([code, json.error?.code]).toEqual([8, 'REGISTRY_INVALID'])
    expect(rig.files(rig.path('photos'))).toEqual(['a.jpg'])
  })

  test.each([
    ["another registry that can't be reached", ['--upstream', 'http://127.0.0.1:1/'], {}],
    ['an invalid config.json', [], { 'team/config.json': '{' }],
    ["tokens that can't be read", [], { 'team/.server/tokens.json': '{"schemaVersion":1,"tok' }],
  ])('does not start and shows no token with %s', async (_what, args, files) => {
    await using rig = await Rig.create()
    const root = rig.path('team')
    if (!('team/config.json' in files)) {
      await using made = await serveProcess(rig, { root, args: ['--readonly'] })
      expect(made.token).toBe('')
    }
    rig.write(files)
    const { code, stdout } = await rig.cpm(['serve', '--port', '0', '--events', '--root', root, ...args])
    const events = stdout.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(code).not.toBe(0)
    expect(events.map(({ type }) => type).filter((type) => type === 'token-created' || type === 'listening')).toEqual(
      [],
    )
    if (!('team/.server/tokens.json' in files)) expect(fs.existsSync(path.join(root, '.server'))).toBe(false)
    else
      expect(events.at(-1)).toMatchObject({
        error: { code: 'CONFIG_INVALID', message: expect.stringContaining('tokens.json') as unknown },
      })
  })

  test('is not created if the arguments are wrong', async () => {
    await using rig = await Rig.create()
    for (const args of [
      ['--upstream-packages', 'a'],
      ['--upstream', 'ftp://registry.example/'],
    ]) {
      const { code } = await rig.cpm(['serve', '--port', '0', '--root', rig.path('new'), ...args])
      expect([code, fs.existsSync(rig.path('new'))], args[0]).toEqual([2, false])
    }
  })

  test('fails with an error if the port is in use, before it creates anything', async () => {
    await using rig = await Rig.create()
    await using server = await serveProcess(rig)
    const { code, json } = await rig.cpm(['serve', '--port', String(server.port), '--json'])
    expect([code, json.error?.code, json.error?.message]).toEqual([2, 'USAGE', expect.stringContaining('EADDRINUSE')])
    const taken = await rig.cpm(['serve', '--port', String(server.port), '--events', '--root', rig.path('other')])
    expect(taken.stdout).not.toContain('-created')
    expect(fs.existsSync(rig.path('other'))).toBe(false)
  })

  test('is only reachable from this machine by default, and otherwise there is a warning', async () => {
    await using rig = await Rig.create()
    await using server = await serveProcess(rig)
    expect(new URL(server.url).hostname).toBe('127.0.0.1')
    expect(server.events.filter(({ type }) => type === 'warning')).toEqual([])
    await using open = await serveProcess(rig, { args: ['--host', '0.0.0.0'] })
    expect(open.events.filter(({ type }) => type === 'warning')).toMatchObject([{ code: 'PLAIN_HTTP' }])
  })

  test('is reported on standard error, so that --json prints one object at the end', async () => {
    await using rig = await Rig.create()
    const child = rig.start(['serve', '--port', '0', '--json'])
    let told = ''
    for await (const chunk of child.stderr) {
      told += String(chunk)
      if (told.includes('serving embedded at http://127.0.0.1:')) break
    }
    child.kill('SIGTERM')
    const { stdout, exitCode } = await child
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ success: true, data: { cut: 0 } })
    expect(stdout.trimEnd().split('\n')).toHaveLength(1)
  })
})
