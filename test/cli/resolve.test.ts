import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'

const UNIVERSE = {
  universe: { a: { '1.0.0': { b: '^1.0.0' }, '1.1.0': { b: '^2.0.0' } }, b: { '1.0.0': {}, '1.2.0': {} } },
  root: { a: '*' },
}

test('shows what install would lock, and changes nothing', async () => {
  await using rig = await Rig.create()
  await rig.publish('b@1.0.0', ['a@1.0.0', { dependencies: { b: '^1.0.0' } }])
  const project = rig.project({ dependencies: { a: '*' } })
  await rig.cpm('install', { cwd: project })
  await rig.publish('b@2.0.0', ['a@1.1.0', { dependencies: { b: '^2.0.0' } }])
  const before = rig.files(project).map((file) => [file, fs.lstatSync(path.join(project, file)).mtimeMs])
  const kept = await rig.cpm('resolve --json', { cwd: project })
  expect(kept.json.data).toEqual({
    packages: [
      { name: 'a', version: '1.0.0', locked: '1.0.0' },
      { name: 'b', version: '1.0.0', locked: '1.0.0' },
    ],
    omitted: {},
  })
  expect(rig.files(project).map((file) => [file, fs.lstatSync(path.join(project, file)).mtimeMs])).toEqual(before)
  fs.writeFileSync(path.join(project, 'colony.yaml'), 'apiVersion: v1\ndependencies: { a: ^1.1.0 }\n')
  const { stdout } = await rig.cpm('resolve', { cwd: project })
  expect(stdout).toBe('a 1.1.0 (locked: 1.0.0)\nb 2.0.0 (locked: 1.0.0)\n2 packages')
  expect(fs.readFileSync(path.join(project, 'colony.lock'), 'utf8')).toContain('"version": "1.0.0"')
})

test('resolves a universe in a file, or tells why not and what helps', async () => {
  await using rig = await Rig.create()
  rig.write({ 'good.json': JSON.stringify(UNIVERSE) })
  const { code, stdout } = await rig.cpm('resolve --universe good.json')
  expect([code, stdout]).toEqual([0, 'a 1.0.0\nb 1.2.0\n2 packages'])
  rig.write({ 'bad.json': JSON.stringify({ ...UNIVERSE, root: { a: '1.1.0' } }) })
  const bad = await rig.cpm('resolve --universe bad.json --json')
  expect(bad.code).toBe(7)
  expect(bad.json.error).toMatchObject({
    code: 'NO_SOLUTION',
    message: expect.stringContaining('no version of b matches ^2.0.0') as string,
    hint: 'it helps to change (tried): a',
    details: { fixes: ['a'] },
  })
})

test('says what is wrong with a file', async () => {
  await using rig = await Rig.create()
  rig.write({ 'no.json': '{', 'half.json': '{"universe":{"a":{"1.0.0":3}},"root":{}}' })
  for (const [file, fact] of [
    ['no.json', 'is not JSON'],
    ['half.json', 'universe.a.1.0.0'],
    ['lost.json', 'lost.json'],
  ] as const) {
    const { code, stderr } = await rig.cpm(`resolve --universe ${file}`)
    expect(code, file).toBeGreaterThan(0)
    expect(stderr).toContain(fact)
  }
})
