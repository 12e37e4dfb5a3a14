import fs from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { Rig } from '../rig/rig.ts'

/** Returns everything in a folder: links with their targets, files with their contents. */
function contentsOf(folder: string): Record<string, string> {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true })
  return Object.fromEntries(
    entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => {
        const file = path.join(entry.parentPath, entry.name)
        return [
          path.relative(folder, file),
          entry.isSymbolicLink() ? fs.readlinkSync(file) : fs.readFileSync(file, 'utf8'),
        ]
      }),
  )
}

/** Makes the rename to this file fail, like in a folder without write permission. */
function failAt(name: string) {
  const rename = fs.renameSync.bind(fs)
  return vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
    if (path.basename(String(to)) === name && !String(to).includes('old-') && !String(from).includes('old-'))
      throw Object.assign(new Error('EACCES'), { code: 'EACCES' })
    rename(from, to)
  })
}

test.each(['link', 'copy'] as const)('a failed install is undone before the error is reported (%s)', async (mode) => {
  await using rig = await Rig.create()
  await rig.publish('b@1.0.0', 'c@1.0.0', '@org/d@1.0.0', ['a@1.0.0', { dependencies: { b: '*' } }])
  await rig.publish(['a@2.0.0', { dependencies: { c: '*', '@org/d': '*' } }])
  const project = rig.project({ dependencies: { a: '1.0.0' } })
  const install = (names: string[]) =>
    rig.cpm(['install', ...names, '--exact', '--json', ...(mode === 'copy' ? ['--copy'] : [])], { cwd: project })
  expect((await install([])).code).toBe(0)
  const before = contentsOf(project)
  for (const name of ['c', 'd', 'a', 'state.json', 'colony.lock', 'colony.yaml']) {
    if (name === 'state.json' && mode === 'link') continue
    const failing = failAt(name)
    try {
      expect((await install(['a@2.0.0'])).json.error?.code, name).toBe('FILE_UNWRITABLE')
    } finally {
      failing.mockRestore()
    }
    expect(contentsOf(project), `after a failure at ${name}`).toEqual(before)
  }
})
