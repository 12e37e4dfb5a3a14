import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CpmError } from '../../src/core/errors.ts'
import { EnvironmentVariables } from '../../src/core/environment-variables.ts'
import { createSession } from '../../src/operations/session.ts'
import { namedKey, signingKey } from '../../src/operations/registries/signing-key.ts'
import { generateKey } from '../../src/package/keys.ts'
import { publicKeyOf } from '../../src/package/ed25519.ts'
import { Rig } from '../rig/rig.ts'
import { type RunningServe, serve } from '../rig/serve.ts'

const SEED = '07'.repeat(32)

let rig: Rig
let server: RunningServe
beforeAll(async () => {
  rig = await Rig.create()
  server = await serve(rig, { root: rig.path('served') })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rig[Symbol.asyncDispose]()
})

let homes = 0

const PROMPTS = {
  confirm: () => Promise.resolve(true),
  ask: () => Promise.resolve(),
  askLine: () => Promise.reject(new Error('not expected')),
}

/** Returns the outcome of choosing a key on a machine without one. */
async function choose(
  variables: Record<string, string>,
  { isInteractive = false, isRemote = false, id, own = false }: { isInteractive?: boolean; isRemote?: boolean; id?: string; own?: boolean } = {},
) {
  const folder = rig.path(`home-${++homes}`, 'keys')
  const mine = own ? generateKey(folder, new Date()).id : undefined
  const { signal } = new AbortController()
  const env = new EnvironmentVariables(variables)
  const prompts = isInteractive ? PROMPTS : undefined
  const session = createSession({ cwd: rig.root, env, emit: () => undefined, signal, cpmVersion: 'test', prompts })
  try {
    const { id: keyId } = await signingKey(session, { id, folder, isRemote, lockTimeout: 1000 })
    return keyId === mine ? 'own' : keyId === publicKeyOf(Buffer.from(SEED, 'hex')) ? 'given' : 'made'
  } catch (error) {
    if (!(error instanceof CpmError)) throw error
    expect(fs.existsSync(folder)).toBe(own)
    expect(error.hint).toContain('cpm key ')
    return error.code
  } finally {
    await session.end()
  }
} // prettier-ignore

describe('publishing creates a key only if somebody is there to keep it', () => {
  test.each([
    ['in a terminal, for a registry on this machine', {}, { isInteractive: true }, 'made'],
    ['without a terminal', {}, {}, 'KEY_NOT_FOUND'],
    ['in a pipeline', { CI: 'true' }, {}, 'KEY_NOT_FOUND'],
    ['for a server', {}, { isInteractive: true, isRemote: true }, 'KEY_NOT_FOUND'],
    ['without a terminal, with an existing key', {}, { own: true }, 'own'],
    ['in a pipeline and for a server, with an existing key', { CI: 'true' }, { own: true, isRemote: true }, 'own'],
  ])('%s', async (_, variables, options, outcome) => {
    expect(await choose(variables, options)).toBe(outcome)
  })
})

describe('CPM_SIGNING_KEY', () => {
  test.each([
    ['a seed', { CPM_SIGNING_KEY: SEED, CI: 'true' }, { isRemote: true, own: true }, 'given'],
    ['malformed', { CPM_SIGNING_KEY: SEED.slice(1) }, { isInteractive: true, own: true }, 'KEY_INVALID'],
    ['malformed in a pipeline', { CPM_SIGNING_KEY: '***', CI: 'true' }, { own: true }, 'KEY_INVALID'],
    ['empty in a pipeline', { CPM_SIGNING_KEY: '', CI: 'true' }, {}, 'KEY_INVALID'],
    ['empty in a pipeline, with an existing key', { CPM_SIGNING_KEY: '', CI: '1' }, { own: true }, 'KEY_INVALID'],
    ['empty for a server', { CPM_SIGNING_KEY: '' }, { isRemote: true, own: true }, 'KEY_INVALID'],
    ['empty elsewhere, which counts as unset, with an existing key', { CPM_SIGNING_KEY: '' }, { own: true }, 'own'],
    ['empty elsewhere, which counts as unset, without a key', { CPM_SIGNING_KEY: '' }, {}, 'KEY_NOT_FOUND'],
  ])('that is %s', async (_, variables, options, outcome) => {
    expect(await choose(variables, options)).toBe(outcome)
  })

  test('is ignored if --key names another key', () => {
    const folder = rig.path('named', 'keys')
    const { id } = generateKey(folder, new Date())
    const context = { env: new EnvironmentVariables({ CPM_SIGNING_KEY: '', CI: 'true' }) }
    expect(namedKey(context as never, { id, folder, isRemote: true })?.id).toBe(id)
  })
})

describe('publishing to a server', () => {
  const publish = (name: string, env: Record<string, string>) => {
    const home = rig.path(`runner-${name}`)
    const args = ['publish', rig.package(`${name}@1.0.0`), '--registry', server.url, '--json']
    return { home, result: rig.cpm(args, { env: { CPM_HOME: home, ...env }, withoutKey: true }) }
  }
  const nothingMade = (home: string, name: string) => {
    expect(fs.existsSync(path.join(home, 'keys'))).toBe(false)
    expect(fs.existsSync(rig.path('served', 'keys', name))).toBe(false)
    expect(fs.existsSync(rig.path('served', 'index', name))).toBe(false)
  }

  test.each([
    ['empty-key', { CI: 'true', CPM_SIGNING_KEY: '' }, 'KEY_INVALID'],
    ['bad-key', { CI: 'true', CPM_SIGNING_KEY: 'secret' }, 'KEY_INVALID'],
    ['no-key', { CI: 'true' }, 'KEY_NOT_FOUND'],
    ['no-key-here', {}, 'KEY_NOT_FOUND'],
    ['bad-token', { CI: 'true', CPM_SIGNING_KEY: SEED, CPM_TOKEN: 'cpm_wrong' }, 'AUTH_REQUIRED'],
    ['bad-token-no-key', { CPM_TOKEN: 'cpm_wrong' }, 'AUTH_REQUIRED'],
    ['empty-token', { CPM_TOKEN: '' }, 'AUTH_REQUIRED'],
  ])('%s: creates no key and takes no name', async (name, env, code) => {
    const { home, result } = publish(name, { CPM_TOKEN: server.token, ...env })
    const { error } = (await result).json
    expect(error?.code).toBe(code)
    expect(error?.hint).toMatch(code === 'AUTH_REQUIRED' ? /cpm login/ : /cpm key generate|cpm key export/)
    if (name === 'bad-key') expect(error?.hint).toMatch(/^unset it, or set it to /)
    expect(JSON.stringify(error)).not.toContain(SEED)
    nothingMade(home, name)
  })

  test('works with a key and a token', async () => {
    const { result } = publish('good', { CI: 'true', CPM_SIGNING_KEY: SEED, CPM_TOKEN: server.token })
    expect((await result).json.data).toMatchObject({ packages: [{ outcome: 'published' }] })
  })
})
