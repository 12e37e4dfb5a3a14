import { expect, test } from 'vitest'
import { parseSetOption } from '../../../src/workflow/values/set-option.ts'

test.each([
  ['a=1', ['a'], '1'],
  ['a.b=x=y', ['a', 'b'], 'x=y'],
  ['a[0].b[12]=', ['a', 0, 'b', 12], ''],
  ['a[0][1]=x', ['a', 0, 1], 'x'],
  ['a=${x}\n- b', ['a'], '${x}\n- b'],
])('reads %j', (option, path, text) => {
  expect(parseSetOption(option)).toEqual({ path, text })
})

test.each([
  '',
  'a',
  '=1',
  '.a=1',
  'a.=1',
  'a..b=1',
  '[0]=1',
  'a[]=1',
  'a[x]=1',
  'a[0=1',
  'a]=1',
  'a.[0]=1',
  'a[0]b=1',
  'a[-1]=1',
  `a${'.a'.repeat(16)}=1`,
])('refuses %j', (option) => {
  expect(parseSetOption(option)).toHaveProperty('problem')
})
