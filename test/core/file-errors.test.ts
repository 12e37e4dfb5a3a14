import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { isThere, namesIn } from '../../src/core/atomic-file.ts'
import { fileError, systemError } from '../../src/core/errors.ts'
import { Rig } from '../rig/rig.ts'

test.each([
  ['read', 'EACCES', 'FILE_UNREADABLE', 'permission denied (EACCES)'],
  ['write', 'EACCES', 'FILE_UNWRITABLE', 'permission denied (EACCES)'],
  ['put in place', 'EEXIST', 'FILE_UNWRITABLE', 'it already exists (EEXIST)'],
  ['remove', 'EPERM', 'FILE_UNWRITABLE', 'operation not permitted (EPERM)'],
  ['lock', 'EROFS', 'READ_ONLY', 'it is on a read-only file system (EROFS)'],
  ['copy to', 'EDQUOT', 'DISK_FULL', 'the quota is used up (EDQUOT)'],
  ['read', 'EWEIRD', 'FILE_UNREADABLE', 'EWEIRD'],
])('a failed %s with %s is reported as %s', (verb, code, expected, reason) => {
  const error = fileError(Object.assign(new Error('x'), { code }), verb, '/a/file')
  expect([error.code, error.message]).toEqual([expected, `cannot ${verb} /a/file: ${reason}`])
})

test.each<[call: string, command: string, blocker: string]>([
  ['write', 'pack a -o file/x.cpm', 'file'],
  ['write', 'pack a -o file/deep/x.cpm', 'file'],
  ['create', 'serve --root file/x', 'file'],
  ['create', 'publish a', 'home/registry/.staging'],
  ['create', 'publish a', 'home/registry'],
  ['write', 'submit a --engine local', 'home/runs'],
  ['create', 'install b', 'home/store'],
  ['create', 'install b', 'home/store/v1'],
])("can't %s: %s names the file in the place of the folder %s", async (call, command, blocker) => {
  await using rig = await Rig.create()
  await rig.publish('b@1.0.0')
  await rig.cpm('init a')
  rig.write({ 'colony.yaml': 'apiVersion: v1\n' })
  fs.rmSync(rig.path(blocker), { recursive: true, force: true })
  rig.write({ [blocker]: '' })
  const at = rig.path(blocker)
  const { json } = await rig.cpm(`${command} --json`)
  expect(json.error).toMatchObject({
    code: 'FILE_UNWRITABLE',
    hint: `move it away, or choose another path: mv ${at} ${at}.old`,
    details: { blocker: at },
  })
  expect(json.error?.message).toMatch(new RegExp(`^cannot ${call} ${at}.*: ${at} is not a folder \\(E\\w+\\)$`))
})

test('nothing exists below a plain file, and a plain file in the place of a folder is named', async () => {
  await using rig = await Rig.create()
  rig.write({ file: '' })
  expect([isThere(rig.path('file/x')), namesIn(rig.path('file/x')), isThere(rig.path('file'))]).toEqual([
    false,
    [],
    true,
  ])
  expect(() => namesIn(rig.path('file'))).toThrow(`cannot read ${rig.path('file')}: it is not a folder (ENOTDIR)`)
})

test.each([
  ['mkdir', 'create', 'FILE_UNWRITABLE'],
  ['lstat', 'read', 'FILE_UNREADABLE'],
  ['scandir', 'read', 'FILE_UNREADABLE'],
  ['unlink', 'remove', 'FILE_UNWRITABLE'],
  ['rename', 'move', 'FILE_UNWRITABLE'],
  ['utime', 'write', 'FILE_UNWRITABLE'],
])('a failed %s that is not wrapped is reported as "cannot %s"', (syscall, verb, code) => {
  const error = Object.assign(new Error('x'), { code: 'EACCES', syscall, path: path.resolve('/a') })
  expect(systemError(error)).toMatchObject({
    code,
    message: `cannot ${verb} ${path.resolve('/a')}: permission denied (EACCES)`,
  })
})
