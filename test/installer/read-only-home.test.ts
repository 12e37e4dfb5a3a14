import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'

const isRoot = process.getuid?.() === 0
/** An unprivileged account: root can write to every folder. */
const NOBODY = 65534

/** Makes the home read-only while the work runs, as an account other than root. */
async function withReadOnlyHome(rig: Rig, project: string, work: (account: object) => Promise<void>): Promise<void> {
  const account = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
  if (isRoot) {
    fs.chmodSync(rig.root, 0o755)
    execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, project, rig.home])
  }
  execFileSync('chmod', ['-R', 'a-w', rig.home])
  try {
    await work({ account })
  } finally {
    execFileSync('chmod', ['-R', 'u+w', rig.home])
  }
}

test.runIf(process.platform !== 'win32')(
  'G06 with a read-only home, submit keeps the run elsewhere and prints where',
  async () => {
    await using rig = await Rig.create()
    await rig.cpm('init hello')
    await rig.cpm('publish hello')
    const project = rig.project({ dependencies: { hello: '*' } })
    expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
    await withReadOnlyHome(rig, project, async (account) => {
      const { code, stdout, stderr } = await rig.binary('submit hello --engine local', { cwd: project, ...account })
      expect(code, stderr).toBe(0)
      expect(stdout).toContain('in colony.lock, proven')
      expect(stderr.match(/^warning:/gm)).toHaveLength(1)
      const [, kept = ''] = /runs is not writable, so the run is kept in (\S+)/.exec(stderr) ?? []
      expect(fs.statSync(kept).mode & 0o777).toBe(0o700)
      const found = await rig.binary('workflow get --json', { cwd: project, ...account, env: { CPM_HOME: kept } })
      expect(found.code, found.stderr).toBe(0)
      expect(found.json.data).toMatchObject({ state: 'successful' })
      fs.rmSync(kept, { recursive: true })
    })
  },
)

test.runIf(process.platform !== 'win32')('so does workflow retry, which reuses what succeeded', async () => {
  await using rig = await Rig.create()
  await rig.publish([
    'flaky@1.0.0',
    {
      functions: [
        { executortype: 'script', name: 'first', command: ['bin/first'] },
        { executortype: 'script', name: 'second', command: ['bin/second'] },
      ],
      files: {
        'bin/first': '#!/bin/sh\nexit 0\n',
        'bin/second': `#!/bin/sh\nexec test -e ${rig.path('mended')}\n`,
        'workflows/main.yaml': `kind: Workflow
functions:
  - { nodename: first, funcname: first, conditions: { executortype: script } }
  - { nodename: second, funcname: second, conditions: { executortype: script, dependencies: [first] } }
`,
      },
    },
  ])
  const project = rig.project({ dependencies: { flaky: '*' } })
  expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
  const failed = await rig.cpm('submit flaky --engine local --json', { cwd: project })
  expect(failed.json.error?.code).toBe('RUN_FAILED')
  fs.writeFileSync(rig.path('mended'), '')
  await withReadOnlyHome(rig, project, async (account) => {
    const { code, stdout, stderr } = await rig.binary('workflow retry --json', { cwd: project, ...account })
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ data: { nodes: [{ reused: true }, { state: 'successful' }] } })
    const [, kept = ''] = /runs is not writable, so the run is kept in (\S+)/.exec(stderr) ?? []
    expect(fs.readdirSync(path.join(kept, 'runs'))).toHaveLength(1)
    fs.rmSync(kept, { recursive: true })
  })
})

test.runIf(process.platform !== 'win32')('a new project installs from a filled store in a read-only home', async () => {
  await using rig = await Rig.create()
  await rig.publish('b@1.0.0', ['a@1.0.0', { dependencies: { b: '*' } }])
  const manifest = { dependencies: { a: '^1.0.0' } }
  const first = rig.project(manifest)
  expect((await rig.cpm('install', { cwd: first })).code).toBe(0)
  expect((await rig.cpm('install -g a')).code).toBe(0)
  const project = rig.project(manifest)
  fs.copyFileSync(path.join(first, 'colony.lock'), path.join(project, 'colony.lock'))
  await withReadOnlyHome(rig, project, async (account) => {
    for (const command of [
      'ci',
      'ci --offline --json',
      'verify',
      'list',
      'path a',
      'list -g',
      'verify -g',
      'path -g a',
      'why -g b',
    ]) {
      const { code, stderr } = await rig.binary(command, { cwd: project, ...account })
      expect(code, `${command}: ${stderr}`).toBe(0)
    }
  })
})
