import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'

const UNIVERSE = {
  universe: { a: { '1.0.0': { b: '^1.0.0' }, '1.1.0': { b: '^2.0.0' } }, b: { '1.0.0': {}, '1.2.0': {} } },
  root: { a: '*' },
}

test('shows what install would lock, without changing anything', async () => {
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
    isNewest: true,
  })
  expect(rig.files(project).map((file) => [file, fs.lstatSync(path.join(project, file)).mtimeMs])).toEqual(before)
  fs.writeFileSync(path.join(project, 'colony.yaml'), 'apiVersion: v1\ndependencies: { a: ^1.1.0 }\n')
  const { stdout } = await rig.cpm('resolve', { cwd: project })
  expect(stdout).toBe('a 1.1.0 (locked: 1.0.0)\nb 2.0.0 (locked: 1.0.0)\n2 packages')
  expect(fs.readFileSync(path.join(project, 'colony.lock'), 'utf8')).toContain('"version": "1.0.0"')
})

test('resolves packages from a file, or explains why not and what helps', async () => {
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
    hint: 'change (tried): a',
    details: { fixes: ['a'] },
  })
})

test('reports problems of a file', async () => {
  await using rig = await Rig.create()
  rig.write({
    'no.json': '{',
    'fine.json': JSON.stringify(UNIVERSE),
    p: '{}',
    'half.json': '{"universe":{"a":{"1.0.0":3}},"root":{}}',
    'version.json': '{"universe":{"a":{"1.0":{}}},"root":{"a":"*"}}',
    'proto.json': '{"universe":{"a":{"1.0.0":{"__proto__":"^9"}}},"root":{"a":"*"}}',
    'escaped.json': '{"universe":{"a":{"1.0.0":{"\\u005f_proto__":"^9"}}},"root":{"a":"*"}}',
  })
  for (const [file, fact] of [
    ['no.json', 'is not valid JSON: '],
    ['half.json', 'universe.a.1.0.0'],
    ['lost.json', 'lost.json'],
    ['version.json', 'a has 1.0, which is not a version'],
    ['proto.json', 'the key __proto__ is not accepted'],
    ['escaped.json', 'the key __proto__ is not accepted'],
    ['fine.json --resolution lowest', "can't be used with --universe"],
    ['fine.json --proof p --check p', "can't be used together"],
  ] as const) {
    const { code, stderr } = await rig.cpm(`resolve --universe ${file}`)
    expect(code, file).toBeGreaterThan(0)
    expect(stderr).toContain(fact)
  }
})

test('writes a proof that can be checked, and rejects it once it is damaged', async () => {
  await using rig = await Rig.create()
  rig.write({
    'good.json': JSON.stringify(UNIVERSE),
    'bad.json': JSON.stringify({ ...UNIVERSE, root: { a: '1.1.0' } }),
  })
  expect((await rig.cpm('resolve --universe good.json --proof good.proof')).code).toBe(0)
  expect((await rig.cpm('resolve --universe bad.json --proof bad.proof')).code).toBe(7)
  const check = async (file: string, ...more: string[]) => {
    const { code, json } = await rig.cpm(['resolve', '--check', file, ...more, '--json'])
    const { question: _, ...data } = (json.data ?? {}) as Record<string, unknown>
    return [code, json.error?.code ?? data]
  }
  expect(await check('good.proof')).toEqual([
    0,
    { claim: 'solved', isNewest: true, against: null, checked: { facts: 4, steps: 1 } },
  ])
  expect(await check('bad.proof', '--universe', 'bad.json')).toEqual([
    0,
    { claim: 'unsolvable', isNewest: null, against: 'universe', checked: { facts: 2, steps: 1 } },
  ])
  // A valid proof of another question does not prove this one.
  expect(await check('bad.proof', '--universe', 'good.json')).toEqual([5, 'PROOF_INVALID'])
  expect(await check('good.proof', '--universe', 'bad.json')).toEqual([5, 'PROOF_INVALID'])
  const proof = fs.readFileSync(rig.path('bad.proof'), 'utf8')
  rig.write({
    'damaged.proof': proof.replace('^2.0.0', '^1.0.0'),
    'cut.proof': proof.slice(0, -20),
    'other.proof': JSON.stringify({ ...(JSON.parse(proof) as object), packages: {} }),
  })
  for (const file of ['damaged.proof', 'cut.proof', 'other.proof']) expect(await check(file), file).toEqual([5, 'PROOF_INVALID']) // prettier-ignore
  // valid in itself, but not for other packages
  rig.write({ 'more.json': JSON.stringify({ ...UNIVERSE, universe: { ...UNIVERSE.universe, b: { '2.0.0': {} } } }) })
  expect(await check('bad.proof', '--universe', 'more.json')).toEqual([5, 'PROOF_INVALID'])
})

test('proves the versions of a project, and checks a proof against its registries', async () => {
  await using rig = await Rig.create()
  await rig.publish('b@1.0.0', 'b@2.0.0', ['a@1.0.0', { dependencies: { b: '^1.0.0' } }])
  const project = rig.project({ dependencies: { a: '*', b: '*' } })
  const cpm = (line: string) => rig.cpm(line, { cwd: project })
  expect((await cpm('resolve --proof p.json')).stdout).toBe('a 1.0.0\nb 1.0.0\n2 packages')
  const { code, stdout } = await cpm('resolve --check p.json')
  expect([code, stdout.split('\n')]).toEqual([
    0,
    [
      "the proof holds: the versions are compatible, and direct dependencies can't be newer (6 facts, 2 steps)",
      expect.stringMatching(/^requirements: a \*, b \*, target \{"cpm":/) as string,
      'the question and the packages match this project and its registries',
    ],
  ])
  await rig.publish(['a@1.1.0', { dependencies: { b: '^2.0.0' } }])
  expect((await cpm('resolve --check p.json')).stderr).toContain('it misquotes a 1.1.0')
  fs.writeFileSync(path.join(project, 'colony.yaml'), 'apiVersion: v1\ndependencies: { a: ^1.0.0, b: "*" }\n')
  expect((await cpm('resolve --check p.json')).stderr).toContain(
    'it answers a different question: its dependencies are',
  )
})

test('chooses by date, by target and lowest versions on request', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0', 'a@1.1.0', [
    'a@2.0.0',
    { conditions: { colonyos: '>=1.9.12', architecture: ['aarch64'] } },
  ])
  const project = rig.project({ dependencies: { a: '>=1' } })
  rig.write({
    'old.yaml': 'colonyos: 1.9.0\n',
    'arm.yaml': '{ architecture: aarch64, colonyos: 1.9.12 }',
    'bad.yaml': 'cpu: 3',
  })
  const chosen = async (line: string) => (await rig.cpm(`resolve ${line}`, { cwd: project })).stdout.split('\n')[0]
  expect(await chosen('')).toBe('a 2.0.0')
  expect(await chosen(`--target ${rig.path('old.yaml')}`)).toBe('a 1.1.0')
  expect(await chosen(`--target ${rig.path('arm.yaml')}`)).toBe('a 2.0.0')
  expect(await chosen('--resolution lowest')).toBe('a 1.0.0')
  const early = await rig.cpm('resolve --exclude-newer 2020-01-31', { cwd: project })
  expect([early.code, early.stderr]).toEqual([7, expect.stringContaining('which is after 2020-01-31T00:00:00Z')])
  const bad = await rig.cpm(`resolve --target ${rig.path('bad.yaml')}`, { cwd: project })
  expect([bad.code, bad.stderr]).toEqual([1, expect.stringContaining('bad.yaml:1:1')])
  expect((await rig.cpm('resolve --exclude-newer yesterday', { cwd: project })).code).toBe(2)
  // the same for install, whose lock stays
  expect((await rig.cpm('install --resolution lowest', { cwd: project })).code).toBe(0)
  expect(await chosen('')).toBe('a 1.0.0')
  expect((await rig.cpm('update --exclude-newer 2020-01-31 --json', { cwd: project })).code).toBe(7)
})
