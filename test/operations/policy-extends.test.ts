import { createHash } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'

/** A machine with a project whose only dependency has the license MIT. */
async function scene() {
  const rig = await Rig.create()
  await rig.publish(['a@1.0.0', { license: 'MIT' }])
  const project = rig.project({ dependencies: { a: '*' } })
  const extend = (...sources: Record<string, unknown>[]) => {
    rig.write({ 'config.json': JSON.stringify({ policy: { extends: sources } }) }, rig.home)
  }
  const install = async (...flags: string[]) => {
    const { code, json } = await rig.cpm(['install', '--json', ...flags], { cwd: project })
    return { code, error: json.error?.code, message: json.error?.message ?? '' }
  }
  return { rig, extend, install, [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose]() }
}

/** A server with one file at /policy.yaml. */
async function host(text: string) {
  const asked: string[] = []
  const server = http.createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(request.url === '/policy.yaml' ? 200 : 404).end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/policy.yaml`
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url, asked, close, digest: digestOf(text), [Symbol.asyncDispose]: close }
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}

const CLOSED = { code: 6, error: 'POLICY_UNAVAILABLE' }

describe('a policy on a server', () => {
  test('applies, and is fetched once for each digest, so that it applies without the server too', async () => {
    await using it = await scene()
    await using hosted = await host('licenses: [ISC]\n')
    it.extend({ url: hosted.url, digest: hosted.digest })
    const first = await it.install()
    expect(first).toMatchObject({ code: 6, error: 'LICENSE_REFUSED' })
    expect(first.message).toContain(`says ${hosted.url}`)
    await hosted.close()
    expect(await it.install('--offline')).toMatchObject({ error: 'LICENSE_REFUSED' })
    expect(hosted.asked).toEqual(['/policy.yaml'])
  })

  test('closes everything if it is unreachable, missing, too large or not what was pinned', async () => {
    await using it = await scene()
    await using hosted = await host('licenses: [MIT]\n')
    it.extend({ url: hosted.url, digest: digestOf('licenses: [ISC]\n') })
    const other = await it.install()
    expect(other).toMatchObject(CLOSED)
    expect(other.message).toContain(`has the digest ${hosted.digest}, not`)
    it.extend({ url: hosted.url.replace('policy', 'nothing'), digest: hosted.digest })
    expect(await it.install()).toMatchObject(CLOSED)
    await using large = await host(`# ${'x'.repeat(300_000)}\n`)
    it.extend({ url: large.url, digest: large.digest })
    expect(await it.install()).toMatchObject(CLOSED)
    it.extend({ url: hosted.url, digest: hosted.digest })
    expect(await it.install('--offline')).toMatchObject(CLOSED)
    await hosted.close()
    it.rig.write({ 'config.json': JSON.stringify({ network: { retries: 0 }, policy: { extends: [{ url: hosted.url, digest: hosted.digest }] } }) }, it.rig.home) // prettier-ignore
    expect(await it.install()).toMatchObject(CLOSED)
    const published = await it.rig.cpm(['publish', it.rig.package('b@1.0.0'), '--json'])
    expect(published.json.error?.code).toBe('POLICY_UNAVAILABLE')
  })

  test('needs a digest, and can name no file of this machine', async () => {
    await using it = await scene()
    it.extend({ url: 'https://packages.example.org/policy.yaml' })
    expect(await it.install()).toMatchObject({ code: 2, error: 'CONFIG_INVALID' })
    await using hosted = await host('extends: [{ file: /etc/passwd }]\n')
    it.extend({ url: hosted.url, digest: hosted.digest })
    const refused = await it.install()
    expect(refused).toMatchObject(CLOSED)
    expect(refused.message).toContain("can't extend a file (/etc/passwd)")
  })
})

describe('a policy in a file', () => {
  test('is relative to the file that names it, and can extend others, but not itself', async () => {
    await using it = await scene()
    it.extend({ file: 'org/policy.yaml' })
    const write = (name: string, text: string) => {
      it.rig.write({ [name]: text }, path.join(it.rig.home, 'org'))
    }
    expect(await it.install()).toMatchObject(CLOSED)
    write('policy.yaml', 'extends: [{ file: strict.yaml }]\n')
    write('strict.yaml', 'licenses: [ISC]\n')
    expect((await it.install()).message).toContain(path.join('org', 'strict.yaml'))
    write('strict.yaml', 'extends: [{ file: ../org/policy.yaml }]\n')
    const loop = await it.install()
    expect(loop).toMatchObject(CLOSED)
    expect(loop.message).toContain('a policy extends itself')
    write('strict.yaml', 'licenses: [MIT]\nlicences: [ISC]\n')
    const unknown = await it.install()
    expect(unknown).toMatchObject({ code: 2, error: 'CONFIG_INVALID' })
    expect(unknown.message).toContain('strict.yaml')
    write('strict.yaml', 'licenses: [MIT]\n')
    for (let times = 0; times < 3; times++) expect(await it.install()).toMatchObject({ code: 0 })
    // That there was nothing to do is not remembered: the file may have changed.
    write('strict.yaml', 'licenses: [ISC]\n')
    expect(await it.install()).toMatchObject({ code: 6, error: 'LICENSE_REFUSED' })
  })
})
