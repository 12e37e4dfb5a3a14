import fs from 'node:fs'
import https from 'node:https'
import os from 'node:os'
import path from 'node:path'
import net, { type AddressInfo } from 'node:net'
import { createHash } from 'node:crypto'
import { Agent } from 'undici'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EnvironmentVariables } from '../../../../src/core/environment-variables.ts'
import { S3Client } from '../../../../src/engines/colonyos/files/s3-client.ts'
import { s3FromEnvironment } from '../../../../src/engines/colonyos/files/s3-place.ts'
import { hasOpenssl, makeCertificates } from '../../../rig/certificates.ts'
import { TestS3 } from '../../../rig/s3.ts'
import { errorOf } from '../../../workflow/rig.ts'

const dispatcher = new Agent()
afterAll(() => dispatcher.destroy())
let s3: TestS3
beforeEach(async () => {
  s3 = await TestS3.start()
})
afterEach(() => s3[Symbol.asyncDispose]())

function clientOf(env: Record<string, string> = {}, timeout = 2000, pauses = [1, 1]): S3Client {
  const place = s3FromEnvironment(new EnvironmentVariables({ ...s3.env, ...env }), () => false)
  if (!place) throw new Error('no S3')
  return new S3Client({ place, dispatcher, timeout, pauses })
}

function object(text: string, key = 'cpm/x') {
  const sha256 = createHash('sha256').update(text).digest('hex')
  const bytes = async function* () {
    yield await Promise.resolve(Buffer.from(text))
  }
  const md5 = createHash('md5').update(text).digest('hex')
  return { key, size: Buffer.byteLength(text), sha256, md5, bytes }
}

describe('an S3 server', () => {
  test('stores an object and reports whether it has one', async () => {
    const client = clientOf()
    for (const one of [object('hello'), object('', 'cpm/empty')]) {
      expect(await client.has(one)).toBe(false)
      await client.put(one)
      expect([await client.has(one), await client.has({ ...one, size: 99 })]).toEqual([true, false])
      expect([await client.has({ ...one, md5: 'a'.repeat(32) }), await client.has({ ...one, md5: '' })]).toEqual([false, true]) // prettier-ignore
    }
    expect([s3.object('cpm/x')?.toString(), s3.object('cpm/empty')?.length]).toEqual(['hello', 0])
  })

  test('receives the digest of the bytes, so that it accepts nothing else', async () => {
    const error = await errorOf(() => clientOf().put({ ...object('hello'), sha256: 'a'.repeat(64) }))
    expect([error.code, error.message]).toEqual([
      'S3_REFUSED',
      expect.stringContaining('XAmzContentSHA256Mismatch') as string,
    ])
    expect(s3.object('cpm/x')).toBeUndefined()
  })

  test('gets a request again after it was busy or closed the connection', async () => {
    const client = clientOf()
    s3.fault = () => (s3.requests.length === 1 ? { status: 503, code: 'SlowDown' } : undefined)
    await client.put(object('one'))
    s3.fault = () => (s3.requests.length === 3 ? 'cut' : undefined)
    await client.put(object('two'))
    expect([s3.requests.length, s3.object('cpm/x')?.toString()]).toEqual([4, 'two'])
  })
})

describe('errors explain the problem and the fix', () => {
  const refused = async (client: S3Client) => {
    const error = await errorOf(() => client.put(object('hello')))
    return [error.code, error.exitCode, error.message, error.hint]
  }

  test('the wrong key', async () => {
    expect(await refused(clientOf({ AWS_S3_ACCESSKEY: 'OTHER' }))).toEqual([
      'S3_DENIED',
      4,
      `${s3.endpoint} denied write access to colony: InvalidAccessKeyId`,
      "check AWS_S3_ACCESSKEY, or the context's S3 key file",
    ])
    expect(await refused(clientOf({ AWS_S3_SECRETKEY: 'not it' }))).toEqual([
      'S3_DENIED',
      4,
      `${s3.endpoint} denied write access to colony: SignatureDoesNotMatch`,
      "check AWS_S3_SECRETKEY, or the context's S3 key file",
    ])
  })

  test('no such bucket', async () => {
    expect(await refused(clientOf({ AWS_S3_BUCKET: 'nosuch' }))).toEqual([
      'S3_REFUSED',
      8,
      `${s3.endpoint} refused to store in nosuch (404): NoSuchBucket`,
      'create the bucket, or check AWS_S3_BUCKET',
    ])
  })

  test.each([
    [{ status: 403, code: 'AccessDenied' }, 'S3_DENIED', /must be allowed to write/],
    [{ status: 403, code: 'RequestTimeTooSkewed' }, 'S3_DENIED', /clock/],
    [{ status: 507, code: 'XMinioStorageFull' }, 'S3_REFUSED', /free up space/],
    [{ status: 301, code: 'PermanentRedirect' }, 'S3_REFUSED', /AWS_S3_REGION/],
    [{ status: 501, code: 'NotImplemented' }, 'S3_REFUSED', undefined],
  ] as const)('%j', async (fault, code, hint) => {
    s3.fault = () => fault
    const error = await errorOf(() => clientOf().put(object('hello')))
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(fault.code) as string])
    if (hint) expect(error.hint).toMatch(hint)
  })

  test('an unreachable server, and a server that never answers', async () => {
    expect(await refused(clientOf({ AWS_S3_ENDPOINT: '127.0.0.1:1' }))).toEqual([
      'S3_UNREACHABLE',
      8,
      "127.0.0.1:1 can't be reached (ECONNREFUSED)",
      'check AWS_S3_ENDPOINT: no server is listening there',
    ])
    const sockets = new Set<net.Socket>()
    const silent = net.createServer((socket) => void sockets.add(socket.resume()))
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as AddressInfo
    try {
      const [code, , message] = await refused(clientOf({ AWS_S3_ENDPOINT: `127.0.0.1:${port}` }, 50, []))
      expect([code, message]).toEqual(['S3_UNREACHABLE', expect.stringContaining('did not answer in time') as string])
    } finally {
      for (const socket of sockets) socket.destroy()
      await closed(silent)
    }
  })

  test.skipIf(!hasOpenssl)('a certificate of an unknown authority', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-tls-'))
    const { cert, key } = makeCertificates(folder).server
    const pair = { cert: fs.readFileSync(cert), key: fs.readFileSync(key) }
    fs.rmSync(folder, { recursive: true })
    const server = https.createServer(pair, (_, response) => response.end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    try {
      const env = { AWS_S3_ENDPOINT: `127.0.0.1:${port}`, AWS_S3_TLS: 'true' }
      const [code, , message, hint] = await refused(clientOf(env))
      expect([code, message]).toEqual(['S3_UNREACHABLE', expect.stringMatching(/CERT|SIGNATURE/) as string])
      expect(hint).toContain('network.ca')
    } finally {
      await closed(server)
    }
  })

  test('no error contains a secret', async () => {
    const secret = 'a-very-secret-key'
    for (const env of [{}, { AWS_S3_ENDPOINT: '127.0.0.1:1' }, { AWS_S3_BUCKET: 'nosuch' }]) {
      const error = await errorOf(() => clientOf({ AWS_S3_SECRETKEY: secret, ...env }).put(object('hello')))
      expect(JSON.stringify([error, error.stack, String(error.cause)])).not.toMatch(
        /a-very-secret-key|AWS4-HMAC|Signature=/,
      )
    }
  })
})

async function closed(server: net.Server): Promise<void> {
  await new Promise((resolve) => {
    server.close(resolve)
    if (server instanceof https.Server) server.closeAllConnections()
  })
}

describe('the environment of the colonies CLI', () => {
  const WHOLE = {
    AWS_S3_ENDPOINT: 's3.example.org:9000',
    AWS_S3_BUCKET: 'colony',
    AWS_S3_ACCESSKEY: 'me',
    AWS_S3_SECRETKEY: 'very-secret',
    AWS_S3_TLS: 'true',
  }
  const place = (env: Record<string, string>, isAllowed = false) =>
    s3FromEnvironment(new EnvironmentVariables(env), () => isAllowed)

  test('selects a bucket, unless it has no endpoint', () => {
    expect(place(WHOLE)).toMatchObject({ endpoint: 's3.example.org:9000', bucket: 'colony', region: 'us-east-1' })
    expect(place(WHOLE)?.url.href).toBe('https://s3.example.org:9000/')
    expect(place({ ...WHOLE, AWS_S3_ENDPOINT: 's3.example.org' })?.url.href).toBe('https://s3.example.org/')
    expect(place({ ...WHOLE, AWS_S3_ENDPOINT: '[::1]:9000', AWS_S3_TLS: 'false' })?.url.href).toBe('http://[::1]:9000/')
    expect(place({ ...WHOLE, AWS_S3_ENDPOINT: '' })).toBeUndefined()
  })

  test("allows connections without TLS only to this machine, or where the user's settings allow it", () => {
    const clear = { ...WHOLE, AWS_S3_TLS: 'false' }
    expect(() => place(clear)).toThrow('s3.example.org:9000 would be contacted without TLS, so nothing was sent')
    expect(place(clear, true)?.url.protocol).toBe('http:')
    expect(place({ ...clear, AWS_S3_ENDPOINT: 'localhost:9000' })?.url.protocol).toBe('http:')
  })

  test.each([
    [{ AWS_S3_SKIPVERIFY: 'true' }, 'CREDENTIALS_UNSAFE', 'AWS_S3_SKIPVERIFY disables the check of certificates'],
    [{ AWS_S3_SKIPVERIFY: '1' }, 'CONFIG_INVALID', 'AWS_S3_SKIPVERIFY must be true or false'],
    [{ AWS_S3_BUCKET: '' }, 'S3_NOT_CHOSEN', 'AWS_S3_ENDPOINT is set, but AWS_S3_BUCKET is not'],
    [{ AWS_S3_SECRETKEY: '' }, 'S3_NOT_CHOSEN', 'AWS_S3_ENDPOINT is set, but AWS_S3_SECRETKEY is not'],
    [{ AWS_S3_BUCKET: '../other' }, 'CONFIG_INVALID', 'AWS_S3_BUCKET is not a valid bucket name'],
    [{ AWS_S3_ENDPOINT: 'https://s3.example.org' }, 'CONFIG_INVALID', 'AWS_S3_ENDPOINT is not a valid address'],
    [{ AWS_S3_ENDPOINT: 'a@b:1' }, 'CONFIG_INVALID', 'AWS_S3_ENDPOINT is not a valid address'],
    [{ AWS_S3_ACCESSKEY: 'a\nb' }, 'CONFIG_INVALID', 'AWS_S3_ACCESSKEY is not a valid access key'],
    [{ AWS_S3_REGION: 'a/b' }, 'CONFIG_INVALID', 'AWS_S3_REGION is not a valid region name'],
  ])('%j is refused', async (env, code, message) => {
    const error = await errorOf(() => place({ ...WHOLE, ...env }))
    expect([error.code, error.message.slice(0, message.length)]).toEqual([code, message])
    expect(JSON.stringify(error)).not.toContain('very-secret')
  })
})
