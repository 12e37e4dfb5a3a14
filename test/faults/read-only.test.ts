import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { Rig } from '../rig/rig.ts'

/** An unprivileged account: root can write to every folder. */
const NOBODY = 65534
const isRoot = process.getuid?.() === 0
const options = isRoot ? { account: { uid: NOBODY, gid: NOBODY } } : {}

vi.setConfig({ testTimeout: 300_000 })

/** A machine with an installed project, all of which the account owns. */
async function installed(): Promise<{ rig: Rig; project: string }> {
  const rig = await Rig.create()
  await rig.publish('codec@1.0.0', 'other@1.0.0', ['align@1.0.0', { dependencies: { codec: '*' } }])
  const project = rig.project({ dependencies: { align: '*' } })
  expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
  if (isRoot) {
    fs.chmodSync(rig.root, 0o755)
    execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, project, rig.home])
  }
  return { rig, project }
}

/** Makes folders read-only while the work runs. */
async function readOnly(folders: readonly string[], work: () => Promise<void>): Promise<void> {
  execFileSync('chmod', ['-R', 'a-w', ...folders])
  try {
    await work()
  } finally {
    execFileSync('chmod', ['-R', 'u+w', ...folders])
  }
}

const textOf = (project: string) =>
  ['colony.yaml', 'colony.lock'].map((name) => fs.readFileSync(path.join(project, name), 'utf8'))

test.runIf(process.platform !== 'win32')(
  'in a read-only project, what reads works, and what changes it fails at once and changes nothing',
  async () => {
    const { rig, project } = await installed()
    await using _ = rig
    const before = textOf(project)
    await readOnly([project], async () => {
      for (const command of ['list', 'verify', 'path align', 'why codec', 'outdated']) {
        const { code, stderr } = await rig.binary(command, { cwd: project, ...options })
        expect(code, `${command}: ${stderr}`).toBe(0)
      }
      for (const command of ['install other', 'uninstall align', 'install --copy']) {
        const { json, stdout } = await rig.binary(`${command} --json`, { cwd: project, ...options })
        expect(json.error?.code, `${command}: ${stdout}`).toBe('FILE_UNWRITABLE')
      }
    })
    expect(textOf(project)).toEqual(before)
    expect((await rig.cpm('verify', { cwd: project })).code).toBe(0)
  },
)

test.runIf(process.platform !== 'win32')(
  'with a read-only store, what it has can be installed, and what it lacks fails with one error',
  async () => {
    const { rig, project } = await installed()
    await using _ = rig
    const before = textOf(project)
    await readOnly([path.join(rig.home, 'store')], async () => {
      fs.rmSync(path.join(project, 'colony_packages'), { recursive: true })
      for (const command of ['install', 'ci', 'verify']) {
        const { code, stderr } = await rig.binary(command, { cwd: project, ...options })
        expect(code, `${command}: ${stderr}`).toBe(0)
      }
      const { json, stdout } = await rig.binary('install other --json', { cwd: project, ...options })
      expect(json.error?.code, stdout).toBe('FILE_UNWRITABLE')
    })
    expect(textOf(project)).toEqual(before)
  },
)
