import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'
import { type ServeProcess, serveProcess } from '../rig/serve.ts'
import { RawConnection } from './raw.ts'

let rig: Rig
let server: ServeProcess

beforeAll(async () => {
  rig = await Rig.create()
  await rig.publish('c@1.0.0', 'c@1.1.0', ['b@1.0.0', { dependencies: { c: '^1.0.0' } }], '@org/d@2.0.0')
  await rig.publish(['a@1.0.0', { dependencies: { b: '^1.0.0', gone: { version: '*', optional: true } } }])
  server = await serveProcess(rig)
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rig[Symbol.asyncDispose]()
})

async function resolve(manifest: string, lock: string | null = null) {
  const response = await fetch(`${server.url}/api/v1/resolve`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ manifest, lock }),
  })
  const body = (await response.json()) as {
    lock: string
    evidence: { name: string; version: string; envelope: string; owners: string }[]
    omitted: Record<string, string>
    error?: { code: string; message: string }
  }
  return { status: response.status, ...body }
}

describe('resolving for a client', () => {
  test('returns the lock that cpm install writes, byte for byte, with its proofs', async () => {
    const project = rig.project({ dependencies: { a: '^1.0.0', '@org/d': '*' }, devDependencies: { c: '<1.1.0' } })
    const manifest = fs.readFileSync(path.join(project, 'colony.yaml'), 'utf8')
    const answer = await resolve(manifest)
    expect(answer.status, JSON.stringify(answer.error)).toBe(200)
    expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
    const written = fs.readFileSync(path.join(project, 'colony.lock'), 'utf8')
    expect(answer.lock).toBe(written)
    expect(answer.evidence.map(({ name }) => name).sort()).toEqual(['@org/d', 'a', 'b', 'c'])
    expect(answer.evidence.every(({ envelope, owners }) => envelope.length > 0 && owners.endsWith('\n'))).toBe(true)
    expect(Object.keys(answer.omitted)).toEqual(['gone'])
    const again = await resolve(manifest, written)
    expect(again.lock).toBe(written)
  })

  test('keeps locked versions that still fit, like cpm install', async () => {
    const project = rig.project({ dependencies: { c: '1.0.0' } })
    await rig.cpm('install', { cwd: project })
    const file = path.join(project, 'colony.yaml')
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('c: 1.0.0', 'c: ^1.0.0\n  b: "*"'))
    const before = fs.readFileSync(path.join(project, 'colony.lock'), 'utf8')
    const answer = await resolve(fs.readFileSync(file, 'utf8'), before)
    await rig.cpm('install', { cwd: project })
    expect(answer.lock).toBe(fs.readFileSync(path.join(project, 'colony.lock'), 'utf8'))
    expect(answer.lock).toContain('"version": "1.0.0"')
  })

  test('explains why there is no solution', async () => {
    const none = await resolve('apiVersion: v1\ndependencies: { c: "^9.0.0" }\n')
    expect([none.status, none.error?.code]).toEqual([422, 'NO_SOLUTION'])
    expect(none.error?.message).toContain('c ^9.0.0')
    expect((await resolve('apiVersion: v1\ndependencies: [')).error?.code).toBe('MANIFEST_INVALID')
    expect((await resolve('apiVersion: v1\n', '{"schemaVersion":9}')).error?.code).toBe('LOCK_INVALID')
  })

  test('rejects workspaces, whose members it does not have', async () => {
    const { status, error } = await resolve('apiVersion: v1\nworkspace: { members: [packages/*] }\n')
    expect([status, error?.code]).toEqual([422, 'MANIFEST_INVALID'])
  })

  test('rejects path: dependencies, which could only mean folders of the server', async () => {
    rig.package('local@1.0.0')
    for (const where of ['../local', '/etc', rig.path('packages')]) {
      const { status, error } = await resolve(`apiVersion: v1\ndependencies: { local: "path:${where}" }\n`)
      expect([status, error?.code, error?.message]).toEqual([
        422,
        'MANIFEST_INVALID',
        expect.stringContaining('is a local folder'),
      ])
    }
    const dev = await resolve('apiVersion: v1\ndevDependencies: { local: "path:.." }\n')
    expect(dev.error?.code).toBe('MANIFEST_INVALID')
  })

  test('sees packages that were published a moment ago', async () => {
    await rig.publish('new@1.0.0')
    const manifest = 'apiVersion: v1\ndependencies: { new: "*" }\n'
    expect((await resolve(manifest)).lock).toContain('"version": "1.0.0"')
    await rig.publish('new@1.1.0')
    expect((await resolve(manifest)).lock).toContain('"version": "1.1.0"')
  })
})

describe('E17 resolving for many clients', () => {
  const asking = (count: number) =>
    `apiVersion: v1\ndependencies:\n${Array.from({ length: count }, (_, n) => `  n-${n}: "*"`).join('\n')}\n`

  test('limits how many dependencies a manifest can have', async () => {
    const { status, error } = await resolve(asking(2001))
    expect([status, error?.code, error?.message]).toEqual([413, 'REQUEST_TOO_LARGE', expect.stringContaining('2001')])
    expect((await resolve(asking(2000))).error?.code).toBe('NO_SOLUTION')
  })

  test('stops for clients that disconnect and keeps nobody else waiting', async () => {
    const bodies = [15_000, 2000].map((count) => JSON.stringify({ manifest: asking(count) }))
    const flood = async (body = '') => {
      const connection = await RawConnection.open(server.port)
      await connection.writeAndLeave(
        `POST /api/v1/resolve HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      )
    }
    const isAlive = async () => (await fetch(`${server.url}/livez`, { signal: AbortSignal.timeout(2000) })).status
    const answers: number[] = []
    for (let wave = 0; wave < 5; wave++) {
      await Promise.all(Array.from({ length: 10 }, (_, n) => flood(bodies[n % 2])))
      for (let n = 0; n < 5; n++) answers.push(await isAlive())
    }
    expect(answers).toEqual(Array.from({ length: 25 }, () => 200))
    // Nothing is waiting any more, so there is room for another client.
    expect((await resolve('apiVersion: v1\ndependencies: { c: "*" }\n')).status).toBe(200)
    expect(server.events.filter(({ type }) => type === 'request-failed')).toEqual([])
  })
})
