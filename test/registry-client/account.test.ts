import fs from 'node:fs'
import net, { type AddressInfo, type Socket } from 'node:net'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import type { ReadStream } from 'node:tty'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askSecret } from '../../src/cli/terminal/read-secret.ts'
import { Rig } from '../rig/rig.ts'
import { RegistryServer } from '../rig/registry-server.ts'
import { type RunningServe, serve } from '../rig/serve.ts'

let rig: Rig
let server: RunningServe
let home: string
let credentials: string

beforeAll(async () => {
  rig = await Rig.create()
  await rig.publish('a@1.0.0')
  server = await serve(rig, { args: ['--private'] })
  home = rig.path('reader')
  credentials = path.join(home, 'credentials.json')
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rig[Symbol.asyncDispose]()
})

function cpm(line: string, input?: string) {
  return rig.cpm(`${line} --json`, { env: { CPM_HOME: home }, ...(input !== undefined && { input }) })
}

describe('login, whoami and logout', () => {
  test('save a token, print its permissions, use it, and forget it', async () => {
    const login = await cpm(`login ${server.url} --token-stdin`, `${server.token}\n`)
    expect(login.code, login.stdout).toBe(0)
    expect(login.json.data).toMatchObject({ registry: server.registry, token: { packages: ['*'] }, file: credentials })
    expect(fs.statSync(credentials).mode & 0o777).toBe(0o600)
    expect(Object.keys((JSON.parse(fs.readFileSync(credentials, 'utf8')) as { tokens: object }).tokens)).toEqual([
      new URL(server.url).href,
    ])

    const whoami = await cpm(`whoami ${server.url}`)
    expect(whoami.json.data).toMatchObject({ registry: server.registry, token: { packages: ['*'] } })
    const project = rig.project({ dependencies: { a: '*' } })
    const install = () => rig.cpm(`install --json --registry ${server.url}`, { cwd: project, env: { CPM_HOME: home } })
    const installed = await install()
    expect(installed.code, installed.stdout).toBe(0)

    expect((await cpm(`logout ${server.url}`)).json.data).toMatchObject({ removed: true })
    expect((await cpm(`logout ${server.url}`)).json.data).toMatchObject({ removed: false })
    expect(fs.readFileSync(credentials, 'utf8')).not.toContain(server.token)
    const gone = await cpm(`whoami ${server.url}`)
    expect([gone.code, gone.json.error?.code]).toEqual([4, 'AUTH_REQUIRED'])
    expect(gone.json.error?.hint).toBe(`cpm login ${new URL(server.url).href}`)
  })

  test('do not save a token that the registry does not know', async () => {
    for (const token of ['cpm_stranger', 'two words', '']) {
      const { code, json } = await cpm(`login ${server.url} --token-stdin`, token)
      expect([2, 4], json.error?.code).toContain(code)
      expect(fs.existsSync(credentials) ? fs.readFileSync(credentials, 'utf8') : '').not.toContain('stranger')
    }
  })

  test('suggest --token-stdin without a terminal', async () => {
    const { code, json } = await cpm(`login ${server.url}`)
    expect([code, json.error?.code]).toEqual([2, 'USAGE'])
    expect(json.error?.hint).toContain('--token-stdin')
  })

  test('explain that a folder registry needs no login', async () => {
    for (const line of ['whoami', 'logout']) {
      const { code, stdout } = await rig.cpm(`${line} ${rig.registry}`)
      expect(code).toBe(0)
      expect(stdout).toContain('is a folder and needs no login')
    }
    const { code, json } = await cpm(`login ${rig.registry} --token-stdin`, 'some-token')
    expect([code, json.error?.code]).toEqual([2, 'USAGE'])
    expect(json.error?.message).toContain('is a folder and needs no login')
  })

  test('save the token unchecked for a registry without an API, and report it', async () => {
    await using files = await RegistryServer.open(rig.registry)
    const { code, json } = await cpm(`login ${files.url} --token-stdin`, 'some-token')
    expect([code, json.data]).toEqual([0, expect.objectContaining({ token: null, file: credentials })])
    expect(files.asked.every(({ headers }) => headers.authorization === 'Bearer some-token')).toBe(true)
  })

  test('save both tokens of two concurrent logins', async () => {
    await using one = await RegistryServer.open(rig.registry)
    await using two = await RegistryServer.open(rig.registry)
    await Promise.all([one, two].map(({ url }) => cpm(`login ${url} --token-stdin`, 'some-token')))
    const { tokens } = JSON.parse(fs.readFileSync(credentials, 'utf8')) as { tokens: object }
    expect(Object.keys(tokens)).toEqual(expect.arrayContaining([one.url, two.url]))
  })
})

test('the terminal stops echoing before the token prompt and echoes again afterward', async () => {
  const steps: string[] = []
  const terminal = Object.assign(new PassThrough(), {
    setRawMode: (isRaw: boolean) => {
      steps.push(isRaw ? 'shows nothing' : 'shows all')
      return terminal
    },
  })
  const asked = askSecret(terminal as unknown as ReadStream, (text) => steps.push(text), 'token: ')
  terminal.write('seg\u007fcret\r')
  expect(await asked).toBe('secret')
  expect(steps).toEqual(['shows nothing', 'token: ', 'shows all', '\n'])
})

describe('publishing over HTTP', () => {
  test('needs a token', async () => {
    const { code, json } = await cpm(`publish ${rig.package('p@1.0.0')} --registry ${server.url}`)
    expect([code, json.error?.code]).toEqual([4, 'AUTH_REQUIRED'])
  })

  test('is retried if the connection is cut before the response, and reports the packages as unchanged', async () => {
    const sockets = new Set<Socket>()
    let cuts = 0
    const forwarder = net.createServer((client) => {
      const upstream = net.connect(server.port, '127.0.0.1')
      sockets.add(client).add(upstream)
      let isPublishing = false
      client.on('data', (chunk: Buffer) => {
        isPublishing ||= chunk.includes('POST /api/v1/publish')
        upstream.write(chunk)
      })
      upstream.on('data', (chunk: Buffer) => {
        if (isPublishing && cuts++ === 0) client.destroy()
        else client.write(chunk)
      })
      for (const socket of [client, upstream]) {
        socket.on('error', () => undefined)
        socket.on('close', () => {
          client.destroy()
          upstream.destroy()
        })
      }
    })
    await new Promise<void>((resolve) => forwarder.listen(0, '127.0.0.1', resolve))
    const { port } = forwarder.address() as AddressInfo
    const folders = [
      rig.package('q@1.0.0', { files: { 'data.txt': 'data '.repeat(90_000) } }),
      rig.package('@org/r@1.0.0'),
    ]
    const result = await rig.cpm(['publish', ...folders, '--json', '--registry', `http://127.0.0.1:${port}`], {
      env: { CPM_HOME: home, CPM_TOKEN: server.token },
    })
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => forwarder.close(resolve))
    expect(result.code, result.stdout).toBe(0)
    expect(cuts).toBeGreaterThan(1)
    expect(result.json.data).toMatchObject({
      packages: [
        { name: 'q', outcome: 'unchanged' },
        { name: '@org/r', outcome: 'unchanged' },
      ],
    })
    expect(rig.files(path.join(home, 'cache')).filter((name) => name.startsWith('tmp/'))).toEqual([])
  })
})
