import { expect, test } from 'vitest'
import { parseSetOption } from '../../../src/workflow/values/set-option.ts'

test.each([
  ['a=1', ['a'], '1'],
  ['a.b=x=y', ['a', 'b'], 'x=y'],
  ['a[0].b[12]=', ['a', 0, 'b', 12], ''],
  ['a[0][1]=x', ['a', 0, 1], 'x'],
  ['a=${x}\n- b', ['a'], '${x}\n- b'],
  ['m.kubernetes\\.io/x=v', ['m', 'kubernetes.io/x'], 'v'],
  ['m["kubernetes.io/x"]=v', ['m', 'kubernetes.io/x'], 'v'],
  ["m['a.b'].c[0]=v", ['m', 'a.b', 'c', 0], 'v'],
  ['m["a=b"]=v=w', ['m', 'a=b'], 'v=w'],
  ['m.a\\=b=v', ['m', 'a=b'], 'v'],
  ['m.a\\[0\\]=v', ['m', 'a[0]'], 'v'],
  ['m["say \\"x\\""]=v', ['m', 'say "x"'], 'v'],
  ['m.a\\b=v', ['m', 'a\\b'], 'v'],
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
  'a[""]=1',
  'a["b"=1',
  'a["b"]c=1',
  'a["__proto__"]=1',
  `a${'.a'.repeat(16)}=1`,
])('refuses %j', (option) => {
  expect(parseSetOption(option)).toHaveProperty('problem')
})
