import { expect, test } from 'vitest'
import { fileError } from '../../src/core/errors.ts'

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
