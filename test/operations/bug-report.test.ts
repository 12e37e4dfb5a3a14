import fs from 'node:fs'
import { expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'

test('a report has versions, settings, checks and the size of the lock, and no secret or folder of the user', async () => {
  await using rig = await Rig.create()
  await rig.publish('private-name@1.0.0')
  const cwd = rig.project({ dependencies: { 'private-name': '*' } })
  await rig.cpm('install', { cwd })
  const tokens = { 'https://cpm.example.org/': { token: 'canary-token', savedAt: '2026-01-01T00:00:00.000Z' } }
  const registries = { work: { url: 'https://ada:canary-url@cpm.example.org/' } }
  rig.write({
    'home/credentials.json': JSON.stringify({ schemaVersion: 1, tokens }),
    'home/config.json': JSON.stringify({
      registry: { registries },
      network: { httpProxy: 'http://u:canary-proxy@p:1' },
    }),
  })
  const env = { CPM_TOKEN: 'canary-variable', COLONIES_PRVKEY: 'canary-colony', MY_PASSWORD: 'canary-password' }
  const { stdout, code, stderr } = await rig.cpm('bug', { cwd, env: { ...env, CPM_REGISTRY: 'http://x:canary-y@h/canary-token' } }) // prettier-ignore
  expect(code, stderr).toBe(0)
  expect(stdout).toContain(
    'registry.registries.work.url = "https://***@cpm.example.org/" (user: $CPM_HOME/config.json)',
  )
  expect(stdout).toContain('CPM_TOKEN')
  expect(stdout).toContain('1 releases of 1 registries')
  expect(stdout).toMatch(/^ok node: v/m)
  for (const secret of ['canary', 'private-name', rig.root]) expect(stdout).not.toContain(secret)
  expect((await rig.cpm('bug -o report.txt')).code).toBe(0)
  expect(fs.statSync(rig.path('report.txt')).mode & 0o077).toBe(0)
  expect((await rig.cpm('bug -o report.txt')).stderr).toContain('FILE_EXISTS')
})

test('an unknown option names the commands that have it', async () => {
  await using rig = await Rig.create()
  expect((await rig.cpm('ci --exact')).stderr).toContain('cpm ci has no option --exact; cpm install has it')
  expect((await rig.cpm('ci --ofline')).stderr).toContain('did you mean --offline?')
  expect((await rig.cpm('ci --nosuch')).stderr).toContain('cpm ci has no option --nosuch\n')
})

test('a setting is shown with where it comes from', async () => {
  await using rig = await Rig.create()
  const { stdout } = await rig.cpm('config get registry.default --origin', { env: { CPM_REGISTRY: './here' } })
  expect(stdout).toBe('./here (CPM_REGISTRY)')
})
