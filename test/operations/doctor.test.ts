import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { expect, test } from 'vitest'
import { EnvironmentVariables } from '../../src/core/environment-variables.ts'
import { checkNode, checkPath } from '../../src/operations/doctor/machine-checks.ts'
import type { Diagnosis } from '../../src/operations/doctor/doctor.ts'
import type { Finding } from '../../src/operations/doctor/finding.ts'
import { FakeColony } from '../rig/colony.ts'
import { Rig } from '../rig/rig.ts'
import { serve } from '../rig/serve.ts'

/** Runs the checks. Returns what one of them found, and the exit status. */
async function diagnose(rig: Rig, check: string, env: Record<string, string> = {}, flags = '', cwd = rig.root) {
  const { json, code } = await rig.cpm(`doctor --json ${flags}`, { env, cwd })
  const { checks } = json.data as Diagnosis
  for (const { status, hint } of checks) if (['failed', 'warning'].includes(status)) expect(hint).toBeTruthy()
  expect(code).toBe(checks.some(({ status }) => status === 'failed') ? 1 : 0)
  return checks.filter((finding) => finding.check === check)
}

function finding(status: Finding['status'], message: string, hint?: string): unknown {
  const contains = (text: string) => expect.stringContaining(text) as string
  return expect.objectContaining({ status, message: contains(message), ...(hint !== undefined && { hint: contains(hint) }) }) // prettier-ignore
}

test('on a machine where everything works, nothing fails, and each check says so in one line', async () => {
  await using rig = await Rig.create()
  await using server = await serve(rig)
  await using colony = await FakeColony.start()
  const { stdout, code } = await rig.cpm('doctor', { env: { ...colony.env, CPM_REGISTRY: server.url } })
  expect(code, stdout).toBe(0)
  for (const check of [
    'node',
    'settings',
    'home',
    'secrets',
    'keys',
    'store',
    'proxies',
    'registry',
    'clock',
    'colony',
  ])
    expect(stdout).toMatch(new RegExp(`^✓ ok +${check} `, 'm'))
  const offline = await rig.cpm('doctor --offline', { env: { ...colony.env, CPM_REGISTRY: server.url } })
  expect(offline.stdout).toMatch(/^- skipped +registry +offline$/m)
})

test('a home that others can change, secrets that others can read and a home that is a file', async () => {
  await using rig = await Rig.create()
  await rig.cpm('key generate')
  rig.write({ 'home/credentials.json': '{}' })
  fs.chmodSync(rig.home, 0o777)
  fs.chmodSync(rig.path('home/credentials.json'), 0o644)
  const [key = ''] = fs.readdirSync(rig.path('home/keys')).filter((name) => name.endsWith('.json'))
  expect(await diagnose(rig, 'home')).toEqual([finding('failed', 'other users', `chmod go-w ${rig.home}`)])
  expect(await diagnose(rig, 'secrets')).toEqual([finding('failed', 'credentials.json', 'chmod 600')])
  expect(await diagnose(rig, 'keys')).toEqual([finding('ok', key.slice(0, 12))])
  fs.chmodSync(rig.path('home/keys', key), 0o640)
  expect(await diagnose(rig, 'keys')).toEqual([finding('failed', 'other users', 'chmod 600')])
  expect(await diagnose(rig, 'keys', { CPM_SIGNING_KEY: 'nonsense' })).toEqual([finding('failed', 'CPM_SIGNING_KEY')])
  rig.write({ file: '' })
  expect(await diagnose(rig, 'home', { CPM_HOME: rig.path('file') })).toEqual([finding('failed', 'not a folder')])
})

test('settings that are damaged, and packages that are locked but not in the store', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0')
  const cwd = rig.project({ dependencies: { a: '*' } })
  await rig.cpm('install', { cwd })
  expect(await diagnose(rig, 'store', {}, '', cwd)).toEqual([finding('ok', rig.store)])
  fs.renameSync(rig.store, `${rig.store}-moved`)
  expect(await diagnose(rig, 'store', {}, '', cwd)).toEqual([finding('warning', 'such as a', 'cpm install')])
  rig.write({ 'home/config.json': '{ "instal": {} }' })
  expect(await diagnose(rig, 'settings')).toEqual([finding('failed', 'instal')])
})

/** A server whose clock is wrong. */
async function serverAt(date: string) {
  const server = http.createServer((_, response) => {
    response.sendDate = false
    response.writeHead(404, { date }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return { url, [Symbol.asyncDispose]: async () => { server.close(); return Promise.resolve() } } // prettier-ignore
}

test('a registry that is gone or is none, and a clock that is wrong', async () => {
  await using rig = await Rig.create()
  await using server = await serverAt('Tue, 01 Jan 2019 00:00:00 GMT')
  const found = await diagnose(rig, 'clock', { CPM_REGISTRY: server.url })
  expect(found).toEqual([finding('failed', "ahead of the registry's", 'set the clock')])
  expect(await diagnose(rig, 'registry', { CPM_REGISTRY: server.url })).toEqual([finding('failed', '')])
  const gone = 'http://127.0.0.1:1/'
  expect(await diagnose(rig, 'registry', { CPM_REGISTRY: gone })).toEqual([finding('failed', "can't be reached")])
  expect(await diagnose(rig, 'registry', { CPM_REGISTRY: gone }, '--offline')).toEqual([finding('skipped', 'offline')])
  expect(await diagnose(rig, 'registry', { CPM_REGISTRY: './nowhere' })).toEqual([finding('failed', 'does not exist')])
})

test('proxies that are gone, whose passwords are never shown, and a NO_PROXY that cpm does not read', async () => {
  await using rig = await Rig.create()
  const env = { HTTPS_PROXY: 'http://ada:canary-17@127.0.0.1:1', NO_PROXY: '10.0.0.0/8,localhost' }
  const found = await diagnose(rig, 'proxies', env)
  expect(found).toEqual([
    finding('failed', '127.0.0.1:1 in HTTPS_PROXY', 'unset HTTPS_PROXY'),
    finding('warning', 'NO_PROXY', 'host names'),
  ])
  expect(JSON.stringify(found)).not.toContain('canary-17')
})

test('a colony that is gone, one that does not know the key, and a key that others can read', async () => {
  await using rig = await Rig.create()
  await using colony = await FakeColony.start()
  const stranger = { ...colony.env, COLONIES_PRVKEY: 'ab'.repeat(32) }
  expect(await diagnose(rig, 'colony', stranger)).toEqual([finding('failed', '')])
  const gone = { ...colony.env, COLONIES_SERVER_PORT: '1', COLONIES_SERVER_HTTP_PORT: '1' }
  expect(await diagnose(rig, 'colony', gone)).toEqual([finding('failed', '')])
  rig.write({ key: 'ab'.repeat(32) })
  fs.chmodSync(rig.path('key'), 0o644)
  const { COLONIES_PRVKEY: _, ...open } = colony.env
  const found = await diagnose(rig, 'colony', { ...open, COLONIES_PRVKEY_FILE: rig.path('key') }, '--offline')
  expect(found).toEqual([finding('failed', 'can be read by others', 'chmod 600')])
})

test('an old Node, no cpm in PATH, and another cpm before this one', async () => {
  await using rig = await Rig.create()
  expect(checkNode('v18.20.0')).toEqual([finding('failed', 'too old', 'install Node')])
  rig.write({ 'mine/cpm': '', 'other/cpm': '' })
  const pathOf = (...folders: string[]) =>
    new EnvironmentVariables({ PATH: folders.map((folder) => rig.path(folder)).join(path.delimiter) })
  const mine = rig.path('mine/cpm')
  expect(checkPath(pathOf('empty'), mine)).toEqual([finding('warning', 'no folder of PATH', 'alias')])
  expect(checkPath(pathOf('mine', 'other'), mine)).toEqual([finding('ok', mine)])
  expect(checkPath(pathOf('other', 'mine'), mine)).toEqual([finding('warning', rig.path('other/cpm'), 'PATH')])
})
