import { expect, test } from 'vitest'
import { type Release, resolve, resolveUniverse, type Source } from '../../src/resolver/api.ts'

const release = (version: string, dependencies: Record<string, string> = {}, more: Partial<Release> = {}): Release => ({
  version,
  dependencies: Object.entries(dependencies).map(([name, range]) => ({ name, range })),
  ...more,
})

class Shelf implements Source {
  readonly asked: string[][] = []
  readonly #releases: Record<string, Release[]>

  constructor(releases: Record<string, Release[]>) {
    this.#releases = releases
  }

  add(name: string, ...releases: Release[]): void {
    this.#releases[name] = releases
  }

  read(names: readonly string[]) {
    this.asked.push([...names])
    return Promise.resolve(new Map(names.map((name) => [name, this.#releases[name] ?? null])))
  }
}

test('resolves the packages of a source, requesting names in batches and each once', async () => {
  const source = new Shelf({
    web: [release('1.0.0', { log: '^1.0.0' }), release('2.0.0', { log: '^2.0.0', net: '*' })],
    db: [release('1.0.0', { log: '^1.0.0' })],
    log: [release('1.0.0'), release('2.0.0')],
    net: [release('1.0.0')],
  })
  const answer = await resolve(
    {
      dependencies: [
        { name: 'web', range: '*' },
        { name: 'db', range: '*' },
      ],
    },
    source,
  )
  expect(answer).toMatchObject({ type: 'solved', packages: { db: '1.0.0', log: '1.0.0', web: '1.0.0' }, omitted: {} })
  expect(source.asked[0]).toEqual(['db', 'web'])
  expect(source.asked.flat().sort()).toEqual([...new Set(source.asked.flat())].sort())
})

test('supports locks, overrides, dates, optional dependencies and features', async () => {
  const source = new Shelf({
    a: [release('1.0.0'), release('1.1.0', {}, { publishedAt: '2026-06-01T00:00:00Z' })],
    b: [
      {
        ...release('1.0.0'),
        dependencies: [
          { name: 'c', range: '^1.0.0', optional: true },
          { name: 'd', range: '*', optional: true },
        ],
        features: { fast: ['d'] },
        publishedAt: '2026-01-01T00:00:00Z',
      },
    ],
    c: [release('2.0.0', {}, { publishedAt: '2026-01-01T00:00:00Z' })],
    d: [release('1.0.0', {}, { publishedAt: '2026-01-01T00:00:00Z', yanked: true })],
  })
  const dependencies = [
    { name: 'a', range: '*' },
    { name: 'b', range: '*', features: ['fast'] },
  ]
  expect(await resolve({ dependencies }, source)).toMatchObject({ packages: { a: '1.1.0', b: '1.0.0' } })
  expect(await resolve({ dependencies, locked: { a: '1.0.0', d: '1.0.0' } }, source)).toMatchObject({
    packages: { a: '1.0.0', b: '1.0.0', d: '1.0.0' },
    omitted: { c: expect.stringContaining('no version of c matches ^1.0.0') as string },
  })
  expect(await resolve({ dependencies, overrides: { c: '^2.0.0' } }, source)).toMatchObject({
    packages: { c: '2.0.0' },
    omitted: { d: expect.stringContaining('yanked') as string },
  })
  expect(await resolve({ dependencies, excludeNewer: '2026-02-01T00:00:00Z' }, source)).toMatchObject({
    type: 'unsolvable',
    explanation: expect.stringContaining('has no known publication date') as string,
  })
})

test('explains why there is no solution, and what helps', async () => {
  const source = new Shelf({ a: [release('1.0.0', { b: '^1.0.0' })], b: [release('1.0.0'), release('2.0.0')] })
  const dependencies = [
    { name: 'a', range: '*' },
    { name: 'b', range: '^2.0.0' },
  ]
  const answer = await resolve({ dependencies }, source)
  expect(answer).toEqual({
    type: 'unsolvable',
    explanation:
      'Because your project depends on a and b ^2.0.0, and a 1.0.0 depends on b ^1.0.0, no choice of versions works.',
    fixes: ['require b ^1.0.0 instead of ^2.0.0', 'remove a'],
  })
  expect(await resolve({ dependencies }, source, { withFixes: false })).toMatchObject({ fixes: [] })
})

test('finds the fewest dependencies to change together if a single one is not enough', async () => {
  const source = new Shelf({
    a: [release('1.0.0', { x: '^1.0.0' })],
    b: [release('1.0.0', { x: '^2.0.0' })],
    c: [release('1.0.0', { y: '^1.0.0' })],
    d: [release('1.0.0', { y: '^2.0.0' })],
    x: [release('1.0.0'), release('2.0.0')],
    y: [release('1.0.0'), release('2.0.0')],
  })
  const dependencies = ['a', 'b', 'c', 'd'].map((name) => ({ name, range: '*' }))
  expect(await resolve({ dependencies }, source)).toMatchObject({
    type: 'unsolvable',
    fixes: ['remove b, and remove d'],
  })
})

test('satisfies all of several dependencies on one name', async () => {
  const source = new Shelf({
    a: [release('1.0.0'), release('1.1.0'), release('2.0.0', { b: '*' })],
    b: [release('1.0.0')],
  })
  const both = (...ranges: string[]) => ({ dependencies: ranges.map((range) => ({ name: 'a', range })) })
  expect(await resolve(both('^1.0.0', '>=1.1.0'), source)).toMatchObject({ packages: { a: '1.1.0' } })
  expect(await resolve(both('^1.0.0', '^2.0.0'), source)).toMatchObject({ type: 'unsolvable' })
  const c = { name: 'c', range: '*' }
  source.add('c', release('1.0.0', { b: '^9.0.0' }))
  expect(await resolve({ dependencies: [c, ...both('^2.0.0', '*').dependencies] }, source)).toMatchObject({
    type: 'unsolvable',
    fixes: ['remove c'],
  })
})

test("passes on the source's errors, and stops on its signal or at its budget", async () => {
  const broken = new Error('out of order')
  await expect(
    resolve({ dependencies: [{ name: 'a', range: '*' }] }, { read: () => Promise.reject(broken) }),
  ).rejects.toBe(broken)
  const controller = new AbortController()
  controller.abort(broken)
  const source = new Shelf({ a: [release('1.0.0')] })
  const question = { dependencies: [{ name: 'a', range: '*' }] }
  await expect(resolve(question, source, { signal: controller.signal })).rejects.toBe(broken)
  expect(await resolve({ ...question, budget: 1 }, source)).toEqual({ type: 'exhausted', steps: 1 })
})

test('resolves a universe', () => {
  const universe = { a: { '1.0.0': { b: '^1.0.0' } }, b: { '1.0.0': {}, '2.0.0': {} } }
  expect(resolveUniverse({ universe, root: { a: '*' } })).toEqual({ solution: { a: '1.0.0', b: '1.0.0' } })
  expect(resolveUniverse({ universe, root: { a: '*', b: '2.0.0' } })).toMatchObject({
    unsolvable: true,
    fixes: ['b', 'a'],
  })
})
