import fs from 'node:fs'
import { expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'
import { changeConfig } from './plugin-rig.ts'

function hooks(rig: Rig, section: Record<string, unknown>): void {
  changeConfig(rig, () => ({ hooks: section }))
}

test('the hooks of the settings run with the event on stdin, in the folder of the project, under both spellings', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0')
  const keep = (name: string) => ['sh', '-c', `cat >> ${rig.path(name)}; pwd >> ${rig.path('where')}`]
  hooks(rig, { onPreInstall: keep('pre'), on_post_install: [{ command: keep('post') }, ['true']] })
  const cwd = rig.project({ dependencies: { a: '1.0.0' } })
  expect((await rig.cpm('install', { cwd })).code).toBe(0)
  const packages = [{ name: 'a', version: '1.0.0', from: null }]
  expect(JSON.parse(rig.read('pre'))).toEqual({ hook: 'onPreInstall', project: cwd, packages })
  expect(JSON.parse(rig.read('post'))).toEqual({ hook: 'onPostInstall', project: cwd, packages })
  expect(rig.read('where')).toBe(`${cwd}\n${cwd}\n`)
})

test('F05 the arguments of a hook reach the program as they are, and no shell reads them', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0')
  const words = ['$(touch hacked)', '; touch hacked', '`touch hacked`', '--flag=a b', '*', '"']
  const program = rig.path('tell')
  fs.writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$@" > ${rig.path('said')}\n`, { mode: 0o755 })
  hooks(rig, { onPreInstall: [program, ...words] })
  const cwd = rig.project({ dependencies: { a: '1.0.0' } })
  await rig.cpm('install', { cwd })
  expect(rig.read('said')).toBe(words.map((word) => `${word}\n`).join(''))
  expect(fs.existsSync(`${cwd}/hacked`)).toBe(false)
})

test('F06 a hook never runs a program of the project', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0')
  const cwd = rig.project({ dependencies: { a: '1.0.0' } })
  fs.writeFileSync(`${cwd}/tell-cpm`, `#!/bin/sh\ntouch ${rig.path('hacked')}\n`, { mode: 0o755 })
  hooks(rig, { onPreInstall: { command: ['tell-cpm'], required: true } })
  const { code, stderr } = await rig.cpm('install', { cwd, env: { PATH: `.::${process.env.PATH ?? ''}` } })
  expect([code, stderr]).toEqual([1, expect.stringContaining("the hook tell-cpm can't be started (ENOENT)")])
  expect(fs.existsSync(rig.path('hacked'))).toBe(false)
  for (const program of ['./tell-cpm', '-c', 'bin/tell', '']) {
    hooks(rig, { onPreInstall: [program] })
    const invalid = await rig.cpm('install', { cwd })
    expect([invalid.code, invalid.stderr]).toEqual([2, expect.stringContaining('error[CONFIG_INVALID]')])
  }
})

test('a required hook that fails or takes too long stops the install; any other one only warns', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0')
  const cwd = rig.project({ dependencies: { a: '1.0.0' } })
  hooks(rig, { onPreInstall: { command: ['sh', '-c', 'echo because >&2; exit 3'], required: true } })
  const failed = await rig.cpm('install', { cwd })
  expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('the hook sh failed with exit status 3')])
  expect(failed.stderr).toContain('hooks | sh: because')
  hooks(rig, { onPostInstall: { command: ['sleep', '20'], required: true, timeout: 0.2 } })
  expect((await rig.cpm('install', { cwd })).stderr).toContain('the hook sleep did not end within 0.2 seconds')
  expect(fs.existsSync(`${cwd}/colony.lock`)).toBe(false)
  hooks(rig, { onPreInstall: ['false'] })
  const warned = await rig.cpm('install', { cwd })
  expect([warned.code, warned.stderr]).toEqual([
    0,
    expect.stringContaining('warning: the hook false failed with exit status 1'),
  ])
})

test('a hook gets no key and no token of cpm', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0')
  hooks(rig, { onPreInstall: ['sh', '-c', `env > ${rig.path('env')}`] })
  const cwd = rig.project({ dependencies: { a: '1.0.0' } })
  await rig.cpm('install', { cwd, env: { CPM_SIGNING_KEY: 'ab'.repeat(32), CPM_TOKEN: 'secret', OTHER: 'mine' } })
  expect(rig.read('env')).toContain('OTHER=mine')
  expect(rig.read('env')).toContain(`CPM_HOME=${rig.home}`)
  expect(rig.read('env')).not.toMatch(/abab|secret/)
})
