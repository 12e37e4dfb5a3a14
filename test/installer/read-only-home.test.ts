import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'

const isRoot = process.getuid?.() === 0
/** An account without privileges: for root every folder can be written. */
const NOBODY = 65534

test.runIf(process.platform !== 'win32')('a read-only home with a full store serves a new project', async () => {
  await using rig = await Rig.create()
  await rig.publish('b@1.0.0', ['a@1.0.0', { dependencies: { b: '*' } }])
  const manifest = { dependencies: { a: '^1.0.0' } }
  const first = rig.project(manifest)
  expect((await rig.cpm('install', { cwd: first })).code).toBe(0)
  const project = rig.project(manifest)
  fs.copyFileSync(path.join(first, 'colony.lock'), path.join(project, 'colony.lock'))
  const account = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
  if (isRoot) {
    fs.chmodSync(rig.root, 0o755)
    execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, project, rig.home])
  }
  execFileSync('chmod', ['-R', 'a-w', rig.home])
  try {
    for (const command of ['ci', 'ci --offline --json', 'verify', 'list', 'path a']) {
      const { code, stderr } = await rig.binary(command, { cwd: project, account })
      expect(code, `${command}: ${stderr}`).toBe(0)
    }
  } finally {
    execFileSync('chmod', ['-R', 'u+w', rig.home])
  }
})
