import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { gc } from '../rig/garbage.ts'
import { Rig } from '../rig/rig.ts'

/** Another file system than that of temporary folders, if this machine has one. */
const ELSEWHERE = '/dev/shm'

function isAnotherFileSystem(rig: Rig): boolean {
  return fs.existsSync(ELSEWHERE) && fs.statSync(ELSEWHERE).dev !== fs.statSync(rig.root).dev
}

test.runIf(process.platform === 'linux')(
  'a store on another file system than home and project works with links and with copies',
  async () => {
    await using rig = await Rig.create()
    const place = isAnotherFileSystem(rig) ? fs.mkdtempSync(path.join(ELSEWHERE, 'cpm-test-')) : rig.path('elsewhere')
    try {
      await rig.publish('b@1.0.0', ['a@1.0.0', { dependencies: { b: '*' }, files: { 'bin/a': '#!/bin/sh\necho a\n' } }])
      rig.write({ 'home/config.json': JSON.stringify({ storage: { store: place } }) })
      const project = rig.project({ dependencies: { a: '*' } })
      const ok = async (line: string) => {
        const { code, stderr } = await rig.cpm(line, { cwd: project })
        expect(code, `${line}: ${stderr}`).toBe(0)
      }
      const packageOf = () => fs.lstatSync(path.join(project, 'colony_packages/a'))
      for (const line of ['install', 'ci', 'verify', 'store verify']) await ok(line)
      expect(packageOf().isSymbolicLink()).toBe(true)
      expect(fs.realpathSync(path.join(project, 'colony_packages/a')).startsWith(place)).toBe(true)
      for (const line of ['install --copy', 'ci --copy', 'verify']) await ok(line)
      expect(packageOf().isDirectory()).toBe(true)
      await ok('install')
      expect(packageOf().isSymbolicLink()).toBe(true)
      fs.appendFileSync(openedFor(path.join(project, 'colony_packages/a/bin/a')), 'echo evil\n')
      await ok('ci')
      await ok('verify')
      await ok('install -g a')
      expect(fs.existsSync(path.join(rig.home, 'store'))).toBe(false)
      expect((await gc(rig)).kept).toBe(2)
      await ok('uninstall -g a')
      await ok('uninstall a')
      expect((await gc(rig)).labels).toEqual(['a@1.0.0', 'b@1.0.0'])
    } finally {
      fs.rmSync(place, { recursive: true, force: true })
    }
  },
)

test('a relative storage.store is relative to the home, and a project may not set it', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0')
  rig.write({ 'home/config.json': JSON.stringify({ storage: { store: '../store-of-mine' } }) })
  const project = rig.project({ dependencies: { a: '*' } })
  rig.write({ '.cpmrc': `storage: { store: ${rig.path('stolen')}, siteStores: [${rig.path('site')}] }\n` }, project)
  const { code, stderr } = await rig.cpm('install', { cwd: project })
  expect([code, fs.existsSync(rig.path('store-of-mine/v1')), fs.existsSync(rig.path('stolen'))]).toEqual([
    0,
    true,
    false,
  ])
  expect(stderr).toContain('ignoring "storage"')
})

/** Makes a file of the store writable. */
function openedFor(file: string): string {
  fs.chmodSync(file, 0o755)
  return file
}
