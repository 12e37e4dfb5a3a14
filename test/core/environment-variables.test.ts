import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { EnvironmentVariables, unsetEmptyVariables } from '../../src/core/environment-variables.ts'
import { locateHome } from '../../src/core/home.ts'
import { wantsColor } from '../../src/cli/terminal/style.ts'
import { isCi } from '../../src/operations/session.ts'
import { chosenContext } from '../../src/operations/contexts.ts'
import { defaultRegistry } from '../../src/operations/registries/registry-choice.ts'
import { findColony } from '../../src/operations/runs/colony-choice.ts'
import { s3FromEnvironment } from '../../src/engines/colonyos/files/s3-place.ts'
import { openConnections } from '../../src/registry-client/agent.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const SOURCES = ['src', 'server'].flatMap((folder) =>
  fs
    .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`),
)
const textOf = (file: string) => fs.readFileSync(path.join(ROOT, file), 'utf8')

/** Every variable that the source reads, set to an empty string. */
const ALL_EMPTY = new EnvironmentVariables(
  Object.fromEntries(
    SOURCES.flatMap((file) => [...textOf(file).matchAll(/\b([A-Z]+(?:_[A-Z0-9]+)+|HOME|CI|TERM|PATH)\b/g)])
      .map(([name]) => [name, ''] as const)
      .concat([['http_proxy', ''] as const, ['https_proxy', ''] as const, ['no_proxy', ''] as const]),
  ),
)
const NONE = new EnvironmentVariables({})

test('an empty or blank variable counts as unset', () => {
  const env = new EnvironmentVariables({ EMPTY: '', FULL: 'x', BLANK: ' ' })
  expect(['EMPTY', 'FULL', 'BLANK', 'MISSING'].map((name) => env.get(name))).toEqual([
    undefined,
    'x',
    undefined,
    undefined,
  ])
  expect(['EMPTY', 'FULL', 'MISSING'].map((name) => env.isSetToNothing(name))).toEqual([true, false, false])
  expect(env.with('EMPTY', 'y').get('EMPTY')).toBe('y')
  expect(env.get('EMPTY')).toBeUndefined()
})

test('only one module reads the environment', () => {
  const reader = 'src/core/environment-variables.ts'
  const others = SOURCES.filter((file) => file !== reader)
  const wrong = others.filter((file) => /\bprocess\s*\.\s*env\b|\benv\b[^\n]*} = process\b|homedir/.test(textOf(file)))
  expect(wrong).toEqual([])
})

describe('empty variables have no effect', () => {
  const both = <T>(read: (env: EnvironmentVariables) => T) => {
    expect(read(ALL_EMPTY)).toEqual(read(NONE))
    return read(ALL_EMPTY)
  }

  test("the home is the account's, not the working folder", () => {
    expect(ALL_EMPTY.isSetToNothing('CPM_HOME') && ALL_EMPTY.isSetToNothing('HOME')).toBe(true)
    expect(both(locateHome).root).toBe(path.join(os.userInfo().homedir, '.cpm'))
    const named = new EnvironmentVariables({ CPM_HOME: '', HOME: '/somebody', USERPROFILE: '/somebody' })
    expect(locateHome(named).root).toBe(path.resolve('/somebody/.cpm'))
  })

  test('a relative home is relative to the working folder', () => {
    expect(locateHome(new EnvironmentVariables({ CPM_HOME: 'here' })).root).toBe(path.resolve('here'))
  })

  test('no context, registry, colony or bucket is selected', () => {
    const settings = { registriesOf: { user: {}, project: {} } }
    const choice = { settings, flag: undefined, cwd: '/', embedded: '/registry' }
    expect(both((env) => defaultRegistry({ ...choice, env })).kind).toBe('embedded')
    const file = path.join(os.tmpdir(), 'there-is-no-such-file')
    expect(both((env) => chosenContext(file, { env }))).toBeUndefined()
    expect(both((env) => findColony({ file, env }))).toBeUndefined()
    expect(both((env) => s3FromEnvironment(env, () => false))).toBeUndefined()
    const server = {
      COLONIES_SERVER_HOST: 'host',
      COLONIES_COLONY_NAME: 'dev',
      COLONIES_TLS: '',
      COLONIES_SERVER_PORT: '',
    }
    const more = { ...server, COLONIES_SERVER_HTTP_PORT: '', COLONIES_PRVKEY: '' }
    expect(findColony({ file, env: new EnvironmentVariables(more) })?.server).toEqual({
      host: 'host',
      port: 50080,
      tls: false,
    })
  })

  test('output has colors in a terminal, and cpm does not assume CI', () => {
    expect(both((env) => [wantsColor({ isTTY: true }, env), wantsColor({}, env), isCi(env)])).toEqual([
      true,
      false,
      false,
    ])
    const color = (variables: Record<string, string>) => wantsColor({}, new EnvironmentVariables(variables))
    expect(color({ FORCE_COLOR: '1', NO_COLOR: '' })).toBe(true)
    expect([{ FORCE_COLOR: '1', NO_COLOR: '0' }, { FORCE_COLOR: 'false' }, { FORCE_COLOR: '0' }].map(color)).toEqual([
      ...[false, false, false],
    ])
    expect(['true', '1', 'woodpecker', 'false', '0'].map((CI) => isCi(new EnvironmentVariables({ CI })))).toEqual([
      ...[true, true, true, false, false],
    ])
  })

  test('an empty proxy variable does not hide its other spelling', async () => {
    const direct = openConnections({}, ALL_EMPTY, 1)
    const proxied = openConnections(
      {},
      new EnvironmentVariables({ http_proxy: '', HTTP_PROXY: 'ftp.example.org:1' }),
      1,
    )
    const [there, here] = [new URL('http://example.org/'), new URL('http://127.0.0.1/')]
    expect(direct.for(there)).toBe(direct.for(here))
    expect(proxied.for(there)).not.toBe(proxied.for(here))
    for (const connections of [direct, proxied]) await connections.destroy(new Error('done'))
  })
})

test('libraries see no empty variables that they would misread', () => {
  const variables = { CI: '', FORCE_COLOR: '', NO_COLOR: '1', OTHER: '' }
  unsetEmptyVariables(variables)
  expect(variables).toEqual({ NO_COLOR: '1', OTHER: '' })
})

test.each(['  ', '\t', '\n '])(
  'a variable that holds only white space (%j) counts as unset, as an empty one does',
  (blank) => {
    const names = [
      'CPM_REGISTRY',
      'CPM_HOME',
      'CPM_CONTEXT',
      'CPM_TOKEN',
      'CPM_LOCK_TIMEOUT',
      'HOME',
      'COLONIES_PRVKEY',
    ]
    const env = new EnvironmentVariables(Object.fromEntries(names.map((name) => [name, blank])))
    for (const name of names) expect([env.get(name), env.isSetToNothing(name)], name).toEqual([undefined, true])
    expect(locateHome(env).root).toBe(path.join(os.userInfo().homedir, '.cpm'))
    const variables: NodeJS.ProcessEnv = { CI: blank, NO_COLOR: blank, FORCE_COLOR: '1' }
    unsetEmptyVariables(variables)
    expect(variables).toEqual({ FORCE_COLOR: '1' })
    // Only the whole value counts: a path can begin with a space.
    expect(new EnvironmentVariables({ CPM_HOME: ' a ' }).get('CPM_HOME')).toBe(' a ')
  },
)
