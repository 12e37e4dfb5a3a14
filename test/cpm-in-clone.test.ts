import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { Rig } from './rig/rig.ts'

const ROOT = path.resolve(import.meta.dirname, '..')

/**
 * Makes a clone with the scripts under test, a cpm that prints its arguments, and an npm that does what they rely on.
 */
async function fakeClone({ npmRunsScripts = true } = {}): Promise<Rig> {
  const rig = await Rig.create()
  for (const file of ['cpm', 'build/cpm-in-clone.mjs']) fs.cpSync(path.join(ROOT, file), rig.path('clone', file))
  const install = 'mkdir -p node_modules && touch node_modules/.package-lock.json'
  const build = 'mkdir -p dist && touch dist/cpm.js'
  rig.write({
    'clone/package.json': '{ "type": "module" }',
    'clone/bin/cpm.js': 'console.log(JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd() }))',
    'bin/npm': `#!/bin/sh
echo "npm said $*"
echo "$*" >> ${rig.path('npm.log')}
case $1 in
  ci) sleep 0.3; ${npmRunsScripts ? build : 'true'}; ${install} ;;
  run) ${build} ;;
esac
`,
  })
  fs.chmodSync(rig.path('bin/npm'), 0o755)
  return rig
}

async function cpm(rig: Rig, script: string, { cwd = rig.root, env = {} } = {}) {
  const path = `${rig.path('bin')}:${process.env.PATH ?? ''}`
  const { stdout, stderr } = await execa(script, ['install', 'a b'], {
    cwd,
    env: { PATH: path, HOME: rig.root, ...env },
    extendEnv: false,
  })
  return { ran: JSON.parse(stdout) as unknown, stderr }
}

function npmCalls(rig: Rig): string[] {
  return fs.existsSync(rig.path('npm.log')) ? rig.read('npm.log').trim().split('\n') : []
}

test('./cpm installs the dependencies of a fresh clone, says so on stderr, and runs the command in the current folder', async () => {
  await using rig = await fakeClone()
  const expected = { args: ['install', 'a b'], cwd: rig.root }
  const first = await cpm(rig, rig.path('clone/cpm'))
  expect(first.ran).toEqual(expected)
  expect(first.stderr).toMatch(/^installing the dependencies of this clone: npm ci .*\nnpm said ci/)
  expect(npmCalls(rig)).toEqual([expect.stringMatching(/^ci --include=dev/)])
  expect(await cpm(rig, rig.path('clone/cpm'))).toEqual({ ran: expected, stderr: '' })
  expect(npmCalls(rig)).toHaveLength(1)
})

test('./cpm builds if npm runs no scripts or dist/ was removed', async () => {
  await using rig = await fakeClone({ npmRunsScripts: false })
  await cpm(rig, rig.path('clone/cpm'))
  expect(npmCalls(rig)).toEqual([expect.stringMatching(/^ci /), 'run build --silent'])
  fs.rmSync(rig.path('clone/dist'), { recursive: true })
  await cpm(rig, rig.path('clone/cpm'))
  expect(npmCalls(rig)).toHaveLength(3)
})

test('./cpm installs again after an interrupted installation', async () => {
  await using rig = await fakeClone()
  fs.mkdirSync(rig.path('clone/node_modules/half'), { recursive: true })
  await cpm(rig, rig.path('clone/cpm'))
  expect(npmCalls(rig)).toHaveLength(1)
})

test('several ./cpm at once in a fresh clone install once, even after one that was killed', async () => {
  await using rig = await fakeClone()
  rig.write({ 'clone/.tmp/setup.lock': '99999999' })
  const all = await Promise.all([1, 2, 3].map(() => cpm(rig, rig.path('clone/cpm'))))
  expect(all.map(({ ran }) => ran)).toEqual(Array(3).fill({ args: ['install', 'a b'], cwd: rig.root }))
  expect(npmCalls(rig)).toHaveLength(1)
  expect(fs.readdirSync(rig.path('clone/.tmp'))).toEqual([])
})

test('./cpm works through a link on PATH', async () => {
  await using rig = await fakeClone()
  fs.symlinkSync('clone/cpm', rig.path('linked'))
  fs.symlinkSync(rig.path('linked'), rig.path('bin/cpm'))
  expect(await cpm(rig, 'cpm', { env: { PATH: `${rig.path('bin')}:${process.env.PATH ?? ''}` } })).toMatchObject({
    ran: { args: ['install', 'a b'] },
  })
})

test('npm run cpm runs the command in the current folder', async () => {
  await using rig = await fakeClone()
  const elsewhere = rig.path('elsewhere')
  fs.mkdirSync(elsewhere)
  const env = { npm_lifecycle_event: 'cpm', INIT_CWD: elsewhere }
  expect((await cpm(rig, rig.path('clone/cpm'), { cwd: rig.path('clone'), env })).ran).toMatchObject({ cwd: elsewhere })
})
