import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import fs from 'node:fs'
import path from 'node:path'
import { Agent } from 'undici'
import type { Route } from '../../src/schema/route.ts'
import { ROUTES } from '../../src/schema/routes.ts'
import type { TokenScope } from '../../src/schema/token.ts'
import { isTokenText, makeToken } from '../../server/services/token-text.ts'
import { Rig } from '../rig/rig.ts'
import { type RunningServe, serve, serveProcess } from '../rig/serve.ts'
import { Author, formOf, publishTo, type Signed } from './author.ts'

/** The callers, and what their tokens allow, for the package `mine` or for others. */
const CALLERS = {
  nobody: { sends: 'nothing' },
  reader: { sends: 'token', scopes: ['read'], packages: ['mine'] },
  publisher: { sends: 'token', scopes: ['publish'], packages: ['mine'] },
  yanker: { sends: 'token', scopes: ['yank'], packages: ['mine'] },
  owner: { sends: 'token', scopes: ['owner'], packages: ['mine'] },
  'all of another package': { sends: 'token', scopes: ['read', 'publish', 'yank', 'owner'], packages: ['other'] },
  'all of names that begin alike': {
    sends: 'token',
    scopes: ['read', 'publish', 'yank', 'owner'],
    packages: ['min', '@mine/*', 'mine-*'],
  },
  'all that has expired': { sends: 'bad' },
  'all that was revoked': { sends: 'bad' },
  'a token of another registry': { sends: 'bad' },
  garbage: { sends: 'bad' },
  'a token in another scheme': { sends: 'bad' },
} as const satisfies Record<string, { sends: string; scopes?: TokenScope[]; packages?: string[] }>
type Caller = keyof typeof CALLERS

let rig: Rig
let author: Author
let mine: Signed
const servers: Partial<Record<'public' | 'private', RunningServe>> = {}
const headers = new Map<Caller, string | undefined>()

beforeAll(async () => {
  author = await Author.create()
  rig = await Rig.create()
  const server = await serve(rig)
  servers.public = server
  ;[mine] = (await author.sign('mine@1.0.0')) as [Signed]
  await publishTo(server, [mine])
  const create = async (args: readonly string[]) =>
    (await rig.cpm(['serve', 'token', 'create', '--json', ...args])).json.data as { token: string; id: string }
  for (const [name, caller] of Object.entries(CALLERS) as [Caller, (typeof CALLERS)[Caller]][]) {
    if (caller.sends !== 'token') continue
    const args = [
      ...caller.scopes.flatMap((scope) => ['--scope', scope]),
      ...caller.packages.flatMap((p) => ['--packages', p]),
    ]
    headers.set(name, `Bearer ${(await create(args)).token}`)
  }
  const all = ['read', 'publish', 'yank', 'owner'].flatMap((scope) => ['--scope', scope])
  const revoked = await create(all)
  await rig.cpm(['serve', 'token', 'revoke', revoked.id])
  headers.set('all that was revoked', `Bearer ${revoked.token}`)
  const expired = await create(all)
  const file = path.join(rig.registry, '.server/tokens.json')
  const kept = JSON.parse(fs.readFileSync(file, 'utf8')) as { tokens: { id: string; expiresAt: string }[] }
  for (const token of kept.tokens) if (token.id === expired.id) token.expiresAt = '2026-01-01T00:00:00.000Z'
  fs.writeFileSync(file, JSON.stringify(kept))
  headers.set('all that has expired', `Bearer ${expired.token}`)
  headers.set('a token of another registry', `Bearer ${makeToken()}`)
  headers.set('garbage', 'Bearer ../../.server/tokens.json')
  headers.set('a token in another scheme', `Basic ${Buffer.from(`x:${server.token}`).toString('base64')}`)
  servers.private = await serve(rig, { args: ['--private'] })
})

afterAll(async () => {
  for (const server of Object.values(servers)) await server[Symbol.asyncDispose]()
  await author[Symbol.asyncDispose]()
  await rig[Symbol.asyncDispose]()
})

/** For each route, a request that works with all rights. */
const REQUESTS: Partial<Record<string, { path?: string; body?: () => unknown }>> = {
  readFile: { path: '/packages/mine/1.0.0/mine-1.0.0.cpm' },
  changeStatus: { body: () => ({ type: 'unyank' }) },
  changeOwners: { body: () => ({ line: '{}' }) },
  publishPackages: { body: () => formOf([mine]) },
  readIndexTags: { body: () => ({ names: ['mine'] }) },
  readIndexes: { body: () => ({ names: ['mine'] }) },
  readEvidence: { body: () => ({ releases: [{ name: 'mine', version: '1.0.0' }] }) },
  resolveLock: { body: () => ({ manifest: 'apiVersion: v1\ndependencies: { mine: "*" }\n' }) },
}

let requests = 0
/** Changes the client's address with every request, because wrong tokens slow down the address that sends them. */
function anotherAddress(): Agent | undefined {
  const localAddress = `127.0.1.${1 + (requests++ % 250)}`
  return process.platform === 'linux' ? new Agent({ localAddress }) : undefined
}

async function send(server: RunningServe, route: Route, authorization: string | undefined): Promise<Response> {
  const { path: given, body } = REQUESTS[route.id] ?? {}
  const path = given ?? route.path.replace(':name', 'mine').replace(':version', '1.0.0')
  const content = body?.()
  const dispatcher = anotherAddress()
  return await fetch(server.url + path, {
    method: route.method,
    ...(dispatcher && { dispatcher: dispatcher as never }),
    headers: {
      ...(authorization !== undefined && { authorization }),
      ...(content !== undefined && !(content instanceof FormData) && { 'content-type': 'application/json' }),
    },
    ...(content !== undefined && { body: content instanceof FormData ? content : JSON.stringify(content) }),
  })
}

/** Returns the expected outcome, derived from the route's declaration only. */
function expected(route: Route, caller: Caller, isPrivate: boolean): 'allowed' | 401 | 403 {
  const { sends, ...rights } = CALLERS[caller]
  if (route.id === 'whoami') return sends === 'token' ? 'allowed' : 401
  if (route.access === 'open' || (route.access === 'read' && !isPrivate)) return 'allowed'
  if (sends !== 'token') return 401
  const { scopes, packages } = rights as { scopes: readonly TokenScope[]; packages: readonly string[] }
  if (!scopes.includes(route.access)) return 403
  // Lists leave out what the caller may not read; all other requests are for `mine`.
  return route.id === 'listPackages' || packages.includes('mine') ? 'allowed' : 403
}

describe.each(['public', 'private'] as const)('E07 E08 in a %s registry', (kind) => {
  const cases = ROUTES.flatMap((route) =>
    Object.keys(CALLERS).map((caller) => [route.id, caller as Caller, route] as const),
  )

  test.each(cases)('E07 %s by %s is allowed or rejected as declared', async (_id, caller, route) => {
    const server = servers[kind]
    if (!server) throw new Error('no server')
    const response = await send(server, route, headers.get(caller))
    const text = await response.text()
    const wanted = expected(route, caller, kind === 'private')
    if (wanted !== 'allowed') {
      expect([response.status, text.includes(wanted === 401 ? 'AUTH_REQUIRED' : 'AUTH_FORBIDDEN')], text).toEqual([
        wanted,
        true,
      ])
      expect(response.headers.get('www-authenticate')).toBe(wanted === 401 ? 'Bearer' : null)
      return
    }
    // A record of owners without an owner's signature is rejected even if the token allows the request.
    expect(text).not.toMatch(/^\{"error":\{"code":"AUTH/)
    if (route.id === 'changeOwners') expect(text).toContain('OWNER_MISMATCH')
    else expect(response.status, text).toBeLessThan(300)
    if (route.id === 'listPackages' && kind === 'private')
      expect((JSON.parse(text) as { packages: { name: string }[] }).packages.map(({ name }) => name)).toEqual(
        CALLERS[caller].sends === 'token' && (CALLERS[caller].packages as readonly string[]).includes('mine')
          ? ['mine']
          : [],
      )
  })
})

describe('E08 a new registry', () => {
  test('only accepts changes with its first token, which it shows once', async () => {
    await using fresh = await Rig.create()
    await using first = await serve(fresh)
    expect(first.token).toMatch(/^cpm_[0-9A-Za-z]{49}$/)
    const shown = first.events.filter((event) => JSON.stringify(event).includes(first.token))
    expect(shown).toHaveLength(1)
    for (const file of fresh.files(fresh.home))
      expect(fs.readFileSync(path.join(fresh.home, file)).includes(first.token), file).toBe(false)
    expect(fs.statSync(path.join(fresh.registry, '.server/tokens.json')).mode & 0o777).toBe(0o600)
    expect(fs.statSync(path.join(fresh.registry, '.server')).mode & 0o777).toBe(0o700)
    expect([isTokenText(first.token), isTokenText(first.token.replace(/.$/, (c) => (c === '0' ? '1' : '0')))]).toEqual([
      true,
      false,
    ])
    await using second = await serveProcess(fresh)
    expect(second.token).toBe('')
    expect(JSON.stringify(second.events) + second.stderr()).not.toContain('cpm_')
    const whoami = await fetch(`${second.url}/api/v1/whoami`, { headers: { authorization: `Bearer ${first.token}` } })
    expect(await whoami.json()).toMatchObject({
      token: { scopes: ['read', 'publish', 'yank', 'owner'], packages: ['*'] },
    })
  })

  test('makes no new first token after all tokens are revoked', async () => {
    await using fresh = await Rig.create()
    await fresh.publish('a@1.0.0')
    await fresh.cpm('serve token create')
    const { tokens } = (await fresh.cpm('serve token list --json')).json.data as { tokens: { id: string }[] }
    expect(tokens).toHaveLength(1)
    await fresh.cpm(['serve', 'token', 'revoke', tokens[0]?.id ?? ''])
    await using server = await serve(fresh)
    expect(server.token).toBe('')
  })

  test('notices at once when a token is created or revoked while the server runs', async () => {
    const server = servers.public
    if (!server) throw new Error('no server')
    const made = (await rig.cpm('serve token create --json --name ci')).json.data as { token: string; id: string }
    const whoami = async () =>
      (await fetch(`${server.url}/api/v1/whoami`, { headers: { authorization: `bearer ${made.token}` } })).status
    expect(await whoami()).toBe(200)
    const revoked = await rig.cpm(['serve', 'token', 'revoke', made.id, '--json'])
    expect(revoked.code).toBe(0)
    expect(await whoami()).toBe(401)
    expect((await rig.cpm(['serve', 'token', 'revoke', made.id])).code).toBe(2)
  })

  test('rejects all changes with --readonly, whatever the token', async () => {
    const server = servers.public
    if (!server) throw new Error('no server')
    await using readonly = await serve(rig, { args: ['--readonly'] })
    for (const route of ROUTES.filter(({ access }) => access !== 'open' && access !== 'read')) {
      const response = await send(readonly, route, `Bearer ${server.token}`)
      expect([route.id, response.status, (await response.text()).includes('REGISTRY_READONLY')]).toEqual([
        route.id,
        403,
        true,
      ])
    }
    // The alias rejects them too.
    expect((await publishTo({ ...readonly, token: server.token }, [mine], '/packages')).body.error?.code).toBe(
      'REGISTRY_READONLY',
    )
  })

  test('rejects invalid scopes, patterns and expiry times', async () => {
    for (const args of ['--scope admin', '--packages *x', '--packages @Org/*', '--expires 366', '--expires 0'])
      expect((await rig.cpm(`serve token create ${args}`)).code, args).toBe(2)
  })

  test('says what a token does not allow, and for which name', async () => {
    const server = servers.public
    const route = ROUTES.find(({ id }) => id === 'changeStatus')
    if (!server || !route) throw new Error('no server')
    for (const caller of ['reader', 'all of another package'] as const) {
      const { error } = (await (await send(server, route, headers.get(caller))).json()) as {
        error: { message: string }
      }
      expect(error.message).toBe('this token may not change the status of versions of mine')
    }
  })
})

describe('the commands for tokens', () => {
  const COMMANDS = ['list', 'create', 'revoke 0123456789ab']

  test.each(COMMANDS)('serve token %s does not create a missing registry', async (command) => {
    await using fresh = await Rig.create()
    const root = fresh.path('typo')
    const named = await fresh.cpm(`serve token ${command} --json --root ${root}`)
    expect([named.json.error?.code, named.json.error?.hint]).toEqual([
      'REGISTRY_INVALID',
      expect.stringContaining(`cpm serve --root ${root}`),
    ])
    expect((await fresh.cpm(`serve token ${command} --json`)).json.error?.code).toBe('REGISTRY_INVALID')
    expect([fs.existsSync(root), fs.existsSync(fresh.registry)]).toEqual([false, false])
  })

  test.each(COMMANDS)('serve token %s asks for --root if the configured registry is a server', async (command) => {
    const env = { CPM_REGISTRY: 'https://registry.example/' }
    const { code, json } = await rig.cpm(`serve token ${command} --json`, { env })
    expect([code, json.error?.code, json.error?.hint]).toEqual([2, 'USAGE', expect.stringContaining('--root <folder')])
    if (command === 'list') expect((await rig.cpm(`serve token list --root ${rig.registry}`, { env })).code).toBe(0)
  })

  test('reject names with line breaks or control characters', async () => {
    for (const name of ['a\nb', 'a\rb', 'a\u001b[2J', 'a\u2028b', 'a\u0085b']) {
      const { code, json } = await rig.cpm(['serve', 'token', 'create', '--json', '--name', name])
      expect([code, json.error?.code], JSON.stringify(name)).toEqual([2, 'USAGE'])
    }
  })
})

test('a damaged token file is an error of the registry, and the operator learns of it', async () => {
  await using fresh = await Rig.create()
  await using server = await serve(fresh)
  fs.writeFileSync(path.join(fresh.registry, '.server/tokens.json'), '{"schemaVersion":1,"tok')
  const response = await fetch(`${server.url}/api/v1/whoami`, { headers: { authorization: `Bearer ${server.token}` } })
  const text = await response.text()
  expect([response.status, JSON.parse(text)]).toEqual([
    500,
    { error: { code: 'INTERNAL', message: "can't read the registry's settings" } },
  ])
  expect(server.events.filter(({ type }) => type === 'request-failed')).toMatchObject([
    { code: 'CONFIG_INVALID', message: expect.stringContaining('tokens.json') as unknown },
  ])
  expect((await fetch(`${server.url}/config.json`)).status).toBe(200)
})
